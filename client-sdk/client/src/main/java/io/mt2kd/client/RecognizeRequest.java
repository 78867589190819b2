package io.mt2kd.client;

/**
 * What was said?
 *
 * @param requestId as in {@link AnalyzeRequest}
 */
public record RecognizeRequest(String requestId, Recording recording) {
  /** Without a request id: the client makes one. */
  public static RecognizeRequest of(Recording recording) {
    return new RecognizeRequest("", recording);
  }

  /** The same with a request id of the caller's. */
  public RecognizeRequest withRequestId(String requestId) {
    return new RecognizeRequest(requestId, recording);
  }
}
