package io.mt2kd.client;

import java.util.List;

/**
 * Whose voice of the tenant's speakers is this?
 *
 * @param requestId as in {@link AnalyzeRequest}
 * @param recordings 1 to 16 of one voice, scored together
 */
public record IdentifyRequest(
    String requestId, List<Recording> recordings, IdentificationOptions options) {
  /** Copies the recordings. */
  public IdentifyRequest {
    recordings = List.copyOf(recordings);
  }

  /** With the gateway's options. */
  public static IdentifyRequest of(Recording... recordings) {
    return new IdentifyRequest("", List.of(recordings), IdentificationOptions.DEFAULT);
  }

  /** The same with a request id of the caller's. */
  public IdentifyRequest withRequestId(String requestId) {
    return new IdentifyRequest(requestId, recordings, options);
  }

  /** The same with other options. */
  public IdentifyRequest withOptions(IdentificationOptions options) {
    return new IdentifyRequest(requestId, recordings, options);
  }
}
