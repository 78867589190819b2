package io.mt2kd.gateway.core.assembly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.mt2kd.gateway.core.assembly.Transcript.Word;
import io.mt2kd.gateway.core.inference.UtteranceOutput.TokenFrames;
import io.mt2kd.gateway.core.model.Manifests;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TranscriptTest {
  // Ids in the manifest of the tests.
  private static final int YES = 1;
  private static final int NO = 2;
  private static final int SPACE = 3;
  private static final int T = 4;
  private static final int S = 5;

  @Test
  void isEmptyWhereNothingWasSaid() {
    assertThat(of().words()).isEmpty();
    assertThat(of(0, 0, 0).text()).isEmpty();
  }

  @Test
  void startsAWordAtEachMarkedToken() {
    assertThat(of(YES, 0, NO, YES).text()).isEqualTo("yes no yes");
  }

  @Test
  void continuesAWordWithUnmarkedTokens() {
    assertThat(of(NO, T, 0, S, YES).text()).isEqualTo("nots yes");
  }

  @Test
  void startsAWordAtTheFirstTokenOfAll() {
    assertThat(of(0, T, S, NO).text()).isEqualTo("ts no");
  }

  @Test
  void putsALoneWordStartToWhatFollows() {
    assertThat(of(YES, SPACE, T, S).text()).isEqualTo("yes ts");
  }

  @Test
  void dropsAWordStartThatNothingFollows() {
    assertThat(of(SPACE, 0, SPACE, YES, SPACE).words())
        .extracting(Word::text)
        .containsExactly("yes");
  }

  @Test
  void wordLastsFromItsFirstTokenToTheEndOfItsLast() {
    Word word = of(0, 0, NO, 0, T, 0, YES).words().get(0);

    assertThat(word.start()).isEqualTo(Duration.ofMillis(80));
    assertThat(word.end()).isEqualTo(Duration.ofMillis(200));
  }

  @Test
  void confidenceIsTheGeometricMeanOfTheTokens() {
    Transcript transcript =
        Transcript.of(
            new TokenFrames(
                new int[] {NO, T, 0, YES},
                new float[] {(float) Math.log(0.9), (float) Math.log(0.4), 0, 0}),
            Manifests.MANIFEST);

    assertThat(transcript.words().get(0).confidence()).isEqualTo(0.6, within(1e-6));
    assertThat(transcript.words().get(1).confidence()).isEqualTo(1);
  }

  @Test
  void confidenceStaysInRangeWhateverTheRounding() {
    Transcript transcript =
        Transcript.of(
            new TokenFrames(new int[] {NO, YES}, new float[] {1e-6f, -2000}), Manifests.MANIFEST);

    assertThat(transcript.words())
        .allSatisfy(word -> assertThat(word.confidence()).isPositive().isLessThanOrEqualTo(1));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 6})
  void refusesATokenThatTheManifestDoesNotKnow(int token) {
    assertThatThrownBy(() -> of(YES, token))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("token " + token + " (expected: 0 to 5)");
  }

  @Property
  void wordsAreInOrderAndNeverOverlap(
      @ForAll @Size(max = 60) List<@IntRange(min = 0, max = 5) Integer> tokens) {
    List<Word> words = of(tokens.stream().mapToInt(t -> t).toArray()).words();

    Duration last = Duration.ZERO;
    for (Word word : words) {
      assertThat(word.start()).isGreaterThanOrEqualTo(last);
      assertThat(word.end()).isGreaterThan(word.start());
      last = word.end();
    }
    assertThat(last).isLessThanOrEqualTo(Duration.ofMillis(40L * tokens.size()));
  }

  @Property
  void losesNoText(@ForAll @Size(max = 60) List<@IntRange(min = 0, max = 5) Integer> tokens) {
    Transcript transcript = of(tokens.stream().mapToInt(t -> t).toArray());

    String pieces =
        String.join(
            "", tokens.stream().filter(t -> t != 0).map(Manifests.MANIFEST.tokens()::get).toList());
    assertThat(transcript.text().replace(" ", "")).isEqualTo(pieces.replace("▁", ""));
    assertThat(transcript.words()).noneMatch(word -> word.text().isEmpty());
  }

  private static Transcript of(int... tokens) {
    float[] scores = new float[tokens.length];
    IntStream.range(0, tokens.length).forEach(i -> scores[i] = tokens[i] == 0 ? 0 : -0.1f);
    return Transcript.of(new TokenFrames(tokens, scores), Manifests.MANIFEST);
  }
}
