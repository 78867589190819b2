package io.mt2kd.gateway.core.batching;

/** How soon the answer to a call is wanted. */
public enum Priority {
  /** Somebody waits for it. */
  INTERACTIVE,
  /** Nobody does: it gives way to interactive calls, and is refused before them. */
  BATCH
}
