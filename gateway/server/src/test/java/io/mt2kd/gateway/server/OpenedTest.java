package io.mt2kd.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OpenedTest {
  private final List<String> closed = new ArrayList<>();
  private final Opened opened = new Opened();

  @Test
  void closesTheLastFirstAndEachOnce() {
    opened.add(() -> closed.add("first"));
    opened.add(() -> closed.add("second"));

    opened.close();
    opened.close();

    assertThat(closed).containsExactly("second", "first");
  }

  @Test
  void closesTheRestWhereOneFails() {
    IllegalStateException one = new IllegalStateException("one");
    IllegalStateException other = new IllegalStateException("other");
    opened.add(() -> closed.add("first"));
    opened.add(() -> fail(other));
    opened.add(() -> fail(one));

    assertThatThrownBy(opened::close).isSameAs(one).hasSuppressedException(other);
    assertThat(closed).containsExactly("first");
  }

  @Test
  void tellsTheFailureThatItClosesAfter() {
    IOException failure = new IOException("the start");
    IllegalStateException closing = new IllegalStateException("the closing");
    opened.add(() -> fail(closing));

    opened.closeAfter(failure);

    assertThat(failure).hasSuppressedException(closing);
  }

  private static void fail(RuntimeException failure) {
    throw failure;
  }
}
