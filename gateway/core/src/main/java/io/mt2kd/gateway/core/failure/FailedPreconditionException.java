package io.mt2kd.gateway.core.failure;

/** The call is valid, but not in the state that its subject is in. */
public final class FailedPreconditionException extends GatewayException {
  /** What stands in the way; each is a stable string on the wire. */
  public enum Reason {
    /** The recordings do not belong to one voice, or not to the speaker enrolled so far. */
    VOICES_DIFFER,
    /** The speaker's references were made by another model than the one now served. */
    MODEL_MISMATCH,
    /** The speaker has too little speech to be compared with. */
    NOT_ENROLLED,
    /** The speaker has the most references that one may have. */
    TOO_MANY_REFERENCES
  }

  private final Reason reason;
  private final String subject;

  public FailedPreconditionException(Reason reason, String subject, String message) {
    super(message, null);
    this.reason = reason;
    this.subject = subject;
  }

  public Reason reason() {
    return reason;
  }

  /** Resource that is in the wrong state, for example {@code speakers/alice}. */
  public String subject() {
    return subject;
  }
}
