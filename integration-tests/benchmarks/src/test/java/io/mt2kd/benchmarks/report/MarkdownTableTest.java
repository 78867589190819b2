package io.mt2kd.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MarkdownTableTest {
  private final MarkdownTable table = new MarkdownTable("side", "ms");

  @Test
  void printsRowsUnderTheirColumns() {
    assertThat(table.row("direct", 1.234).row("gateway", 1234.0).markdown())
        .isEqualTo("| side | ms |\n|---|---|\n| direct | 1.23 |\n| gateway | 1234 |\n");
  }

  @Test
  void givesProgramsTheWholeNumbers() {
    assertThat(table.row("direct", 1.2345).values())
        .isEqualTo(List.of(Map.of("side", "direct", "ms", 1.2345)));
  }

  @Test
  void refusesARowOfAnotherWidth() {
    assertThatThrownBy(() -> table.row("direct")).hasMessage("cells: 1 (expected: 2)");
  }
}
