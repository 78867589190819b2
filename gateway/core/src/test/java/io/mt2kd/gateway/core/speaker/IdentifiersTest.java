package io.mt2kd.gateway.core.speaker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mt2kd.gateway.core.failure.InvalidArgumentException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class IdentifiersTest {
  private static final String EXPECTED =
      " (expected: 1 to 128 characters of [A-Za-z0-9._-], starting with a letter or digit)";

  static String[] bad() {
    return new String[] {
      "",
      " ",
      ".",
      "..",
      "../alice",
      "a/b",
      "a\\b",
      "/etc/passwd",
      "-rf",
      "_a",
      "a b",
      "a%2Fb",
      "alice\n",
      "alice\0",
      "älice",
      "а", // Cyrillic
      "ａ", // full width
      "１",
      "🦊",
      "a".repeat(129),
      "a' OR 1=1 --"
    };
  }

  @ParameterizedTest
  @MethodSource("bad")
  void refusesIdsThatAreNotSafeEverywhere(String value) {
    assertThatThrownBy(() -> new SpeakerId(value))
        .isInstanceOfSatisfying(
            InvalidArgumentException.class, e -> assertThat(e.field()).isEqualTo("speaker_id"))
        .hasMessageEndingWith(EXPECTED);
    assertThatThrownBy(() -> new TenantId(value))
        .isInstanceOfSatisfying(
            InvalidArgumentException.class, e -> assertThat(e.field()).isEqualTo("mt2kd-tenant"));
    assertThatThrownBy(() -> SpeakerId.ofName("speakers/" + value))
        .isInstanceOfSatisfying(
            InvalidArgumentException.class, e -> assertThat(e.field()).isEqualTo("name"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "7", "alice", "Alice.B_c-9", "a..b", "0-0"})
  void takesTheDocumentedForm(String value) {
    assertThat(new SpeakerId(value).name()).isEqualTo("speakers/" + value);
    assertThat(SpeakerId.ofName("speakers/" + value)).isEqualTo(new SpeakerId(value));
    assertThat(new TenantId(value)).hasToString(value);
  }

  @Test
  void takesTheLongestId() {
    assertThat(new SpeakerId("a".repeat(128)).value()).hasSize(128);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "alice", "Speakers/alice", "speakers", "tenants/a/speakers/alice"})
  void refusesANameOfAnotherKind(String name) {
    assertThatThrownBy(() -> SpeakerId.ofName(name))
        .isInstanceOfSatisfying(
            InvalidArgumentException.class, e -> assertThat(e.field()).isEqualTo("name"))
        .hasMessageEndingWith("(expected: speakers/{speaker})");
  }

  @Test
  void showsThatTheIdIsEmpty() {
    assertThatThrownBy(() -> new SpeakerId("")).hasMessage("speaker_id: \"\"" + EXPECTED);
  }
}
