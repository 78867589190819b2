package io.mt2kd.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mt2kd.client.Receipt;
import java.util.function.Supplier;

/** Writes answers and errors as the options say. */
final class Output {
  private final Console console;
  private final OutputFormat format;
  private final boolean verbose;

  Output(Console console, OutputFormat format, boolean verbose) {
    this.console = console;
    this.format = format;
    this.verbose = verbose;
  }

  boolean verbose() {
    return verbose;
  }

  boolean json() {
    return format == OutputFormat.JSON;
  }

  /** One answer in the form that was asked for. */
  void answer(Supplier<ObjectNode> json, Supplier<String> text) {
    console.out().println(json() ? json.get().toString() : text.get());
  }

  /**
   * A line of text with its receipt where that was asked for.
   *
   * @param label stands before it; empty for none
   */
  String labelled(String label, String text, Receipt receipt) {
    String line = label.isEmpty() ? text : label + ": " + text;
    return verbose ? line + "\n  receipt  " + TextResults.receipt(receipt) : line;
  }

  /**
   * One line on standard error.
   *
   * @param subject file or other thing that it is about; empty where there is none
   */
  void error(String subject, Throwable failure) {
    console
        .err()
        .println(
            "mt2kd: " + (subject.isEmpty() ? "" : subject + ": ") + ErrorText.describe(failure));
    if (verbose) {
      failure.printStackTrace(console.err());
    }
  }

  /** The same, and in JSON a line on standard output too, so that every file has its line there. */
  void fileError(String file, Throwable failure) {
    error(file, failure);
    if (json()) {
      console.out().println(JsonResults.error(file, failure));
    }
  }
}
