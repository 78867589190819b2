package io.mt2kd.gateway.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mt2kd.gateway.core.failure.InvalidArgumentException;
import java.util.Base64;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class PageTest {
  @ParameterizedTest
  @CsvSource({"0, 50", "1, 1", "1000, 1000", "1001, 1000", "2147483647, 1000"})
  void coercesTheSizeAsAipSays(int asked, int given) {
    assertThat(Page.of(asked, "")).isEqualTo(new Page(given, ""));
  }

  @Test
  void refusesANegativeSize() {
    assertThatThrownBy(() -> Page.of(-1, ""))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessage("page_size: -1 (expected: >= 0; 0 means 50)");
  }

  static String[] garbage() {
    return new String[] {
      "!!!",
      "a",
      "garbage",
      "alice",
      "a".repeat(10_000),
      token(""),
      token("../x"),
      token("a\0"),
      "é"
    };
  }

  private static String token(String id) {
    return id.isEmpty()
        ? "="
        : Base64.getUrlEncoder()
            .encodeToString(id.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @MethodSource("garbage")
  void refusesATokenThatIsNotOurs(String token) {
    assertThatThrownBy(() -> Page.of(10, token))
        .isInstanceOfSatisfying(
            InvalidArgumentException.class, e -> assertThat(e.field()).isEqualTo("page_token"))
        .hasMessageEndingWith("(expected: next_page_token of the page before)");
  }

  @Property
  void readsItsOwnTokens(
      @ForAll @StringLength(min = 1, max = 128) @CharRange(from = 'a', to = 'z') String id) {
    assertThat(Page.of(10, Page.token(id))).isEqualTo(new Page(10, id));
  }
}
