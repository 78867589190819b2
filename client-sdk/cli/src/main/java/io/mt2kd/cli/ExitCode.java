package io.mt2kd.cli;

/** What the process ends with. */
final class ExitCode {
  /** Everything was answered. */
  static final int OK = 0;

  /** At least one call or file failed. */
  static final int FAILED = 1;

  /** The command line cannot be understood. */
  static final int USAGE = 2;

  /** {@code verify}: answered, but the voice was not accepted. */
  static final int NOT_ACCEPTED = 3;

  private ExitCode() {}
}
