package io.mt2kd.cli;

import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * What the process is connected to.
 *
 * @param interactive whether a person watches what goes to {@code err}
 * @param environment variables
 */
record Console(
    InputStream in,
    PrintStream out,
    PrintStream err,
    boolean interactive,
    Map<String, String> environment) {
  static Console system() {
    return new Console(
        System.in,
        // JSON is UTF-8 whatever the terminal's locale says.
        new PrintStream(System.out, true, StandardCharsets.UTF_8),
        new PrintStream(System.err, true, StandardCharsets.UTF_8),
        // The launcher says so, for no JDK can: up to 21 System.console() asks about standard
        // input and output, and from 22 on it is always there.
        Boolean.getBoolean("mt2kd.terminal"),
        System.getenv());
  }
}
