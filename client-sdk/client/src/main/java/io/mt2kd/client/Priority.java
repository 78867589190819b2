package io.mt2kd.client;

/** How soon the answer to a call is wanted; under load the gateway goes by it. */
public enum Priority {
  /** Somebody waits for it. What calls are that say nothing. */
  INTERACTIVE("interactive"),
  /** Nobody does: it is answered after interactive calls, and refused before them. */
  BATCH("batch");

  private final String header;

  Priority(String header) {
    this.header = header;
  }

  /** The value of the {@code mt2kd-priority} metadata. */
  String header() {
    return header;
  }
}
