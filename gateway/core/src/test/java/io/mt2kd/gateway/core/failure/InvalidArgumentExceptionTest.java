package io.mt2kd.gateway.core.failure;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class InvalidArgumentExceptionTest {
  @Test
  void saysFieldValueAndExpectation() {
    InvalidArgumentException failure = InvalidArgumentException.of("port", 70000, "0 to 65535");

    assertThat(failure).hasMessage("port: 70000 (expected: 0 to 65535)");
    assertThat(failure.field()).isEqualTo("port");
    assertThat(failure.problem()).isEqualTo("70000 (expected: 0 to 65535)");
  }

  @Test
  void growsThePathFromTheInside() {
    InvalidArgumentException inner = InvalidArgumentException.of("content", "x", "y");

    assertThat(inner.within("recordings[2]").field()).isEqualTo("recordings[2].content");
    assertThat(inner.within("audio").within("request"))
        .hasMessage("request.audio.content: x (expected: y)");
  }

  @Test
  void putsAnIndexWithoutADot() {
    assertThat(InvalidArgumentException.of("[3]", "x", "y").within("tasks").field())
        .isEqualTo("tasks[3]");
  }

  @Test
  void isTheHoldersFieldWhereTheValueItselfIsWrong() {
    assertThat(InvalidArgumentException.of("", "x", "y").within("audio").field())
        .isEqualTo("audio");
  }

  @Test
  void cutsLongValues() {
    assertThat(InvalidArgumentException.of("name", "a".repeat(80), "y").problem())
        .isEqualTo("a".repeat(80) + " (expected: y)");
    assertThat(InvalidArgumentException.of("name", "a".repeat(81), "y").problem())
        .isEqualTo("a".repeat(80) + "… (expected: y)");
  }

  @Test
  void cutsBetweenCharactersAndNotInsideOne() {
    assertThat(InvalidArgumentException.of("name", "🦊".repeat(100), "y").problem())
        .isEqualTo("🦊".repeat(80) + "… (expected: y)");
  }

  @Test
  void showsNoCharacterThatCouldForgeALogLine() {
    assertThat(
            InvalidArgumentException.of("name", "a\nINFO b\r\0\u001b[31m\u2028\u202ec", "y")
                .problem())
        .isEqualTo("a\uFFFDINFO b\uFFFD\uFFFD\uFFFD[31m\uFFFD\uFFFDc (expected: y)");
  }

  @Test
  void showsThatNothingWasGiven() {
    assertThat(InvalidArgumentException.of("name", "", "speakers/{speaker}"))
        .hasMessage("name: \"\" (expected: speakers/{speaker})");
  }
}
