package io.mt2kd.client;

/** The answer to "is this the voice of that speaker?". */
public enum Decision {
  /** The score clears the requested false-accept rate. */
  ACCEPT,
  /** Likelier than not the same voice, but not at the requested rate. */
  UNCERTAIN,
  /** Likelier than not another voice. */
  REJECT
}
