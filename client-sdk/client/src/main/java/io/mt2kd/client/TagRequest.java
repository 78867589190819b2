package io.mt2kd.client;

/**
 * What was heard?
 *
 * @param requestId as in {@link AnalyzeRequest}
 */
public record TagRequest(String requestId, Recording recording, TagOptions options) {
  /** With the gateway's options. */
  public static TagRequest of(Recording recording) {
    return new TagRequest("", recording, TagOptions.DEFAULT);
  }

  /** The same with a request id of the caller's. */
  public TagRequest withRequestId(String requestId) {
    return new TagRequest(requestId, recording, options);
  }

  /** The same with other options. */
  public TagRequest withOptions(TagOptions options) {
    return new TagRequest(requestId, recording, options);
  }
}
