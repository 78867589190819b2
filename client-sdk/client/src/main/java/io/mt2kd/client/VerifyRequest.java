package io.mt2kd.client;

import java.util.List;

/**
 * Is this the voice of that speaker?
 *
 * @param requestId as in {@link AnalyzeRequest}
 * @param speakerId the caller's id, or the resource name {@code speakers/{id}}
 * @param recordings 1 to 16 of one voice, scored together
 * @param falseAcceptRate rate at which strangers may be accepted, in [0.0001, 0.5]; 0 means 0.01
 */
public record VerifyRequest(
    String requestId, String speakerId, List<Recording> recordings, double falseAcceptRate) {
  /** Copies the recordings. */
  public VerifyRequest {
    recordings = List.copyOf(recordings);
  }

  /** At the gateway's false-accept rate. */
  public static VerifyRequest of(String speakerId, Recording... recordings) {
    return new VerifyRequest("", speakerId, List.of(recordings), 0);
  }

  /** The same with a request id of the caller's. */
  public VerifyRequest withRequestId(String requestId) {
    return new VerifyRequest(requestId, speakerId, recordings, falseAcceptRate);
  }

  /** The same at another false-accept rate. */
  public VerifyRequest withFalseAcceptRate(double falseAcceptRate) {
    return new VerifyRequest(requestId, speakerId, recordings, falseAcceptRate);
  }
}
