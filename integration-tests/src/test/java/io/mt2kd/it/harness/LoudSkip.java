package io.mt2kd.it.harness;

import org.opentest4j.TestAbortedException;

/** Skips a test so that nobody takes a green run for a full one. */
public final class LoudSkip {
  private static final String BAR = "!".repeat(100);

  private LoudSkip() {}

  /** Says on standard error what is not tested and why, and ends the test as skipped. */
  public static TestAbortedException because(String reason) {
    System.err.println(BAR + "\nNOT TESTED: " + reason + "\n" + BAR);
    return new TestAbortedException(reason);
  }
}
