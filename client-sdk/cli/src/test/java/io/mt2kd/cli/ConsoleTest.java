package io.mt2kd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConsoleTest {
  @AfterEach
  void forget() {
    System.clearProperty("mt2kd.terminal");
  }

  @Test
  void isInteractiveWhereTheLauncherSaysSo() {
    assertThat(Console.system().interactive()).isFalse();
    System.setProperty("mt2kd.terminal", "false");
    assertThat(Console.system().interactive()).isFalse();
    System.setProperty("mt2kd.terminal", "true");
    assertThat(Console.system().interactive()).isTrue();
  }
}
