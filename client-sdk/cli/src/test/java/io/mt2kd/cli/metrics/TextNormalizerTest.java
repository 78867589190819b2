package io.mt2kd.cli.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TextNormalizerTest {
  @Test
  void comparesWordsNotTheirDress() {
    assertThat(TextNormalizer.words("  Yes, NO -- don't... stop!"))
        .containsExactly("yes", "no", "don't", "stop");
    assertThat(TextNormalizer.words("well-known 'quoted' Don\u2019t $5"))
        .containsExactly("well", "known", "quoted", "don't", "5");
    assertThat(TextNormalizer.words("Zoë ZÜRICH")).isEqualTo(List.of("zoë", "zürich"));
    assertThat(TextNormalizer.words(" ?! ")).isEmpty();
    assertThat(TextNormalizer.words("")).isEmpty();
  }
}
