package io.mt2kd.gateway.core.admission;

/** How an admitted call ended. */
public enum Ending {
  /** With its answer. */
  COMPLETED,
  /** Refused after all, because it could not be served in time or nobody had room for it. */
  DROPPED,
  /** With an error of ours or of the backend. */
  FAILED,
  /** Without meaning for the load: its caller gave up, or it could never be served. */
  IGNORED
}
