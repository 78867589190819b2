package io.mt2kd.client;

import java.util.List;

/**
 * Adds reference voiceprints to a speaker, who is created by the first call.
 *
 * @param requestId as in {@link AnalyzeRequest}
 * @param speakerId the caller's id: 1 to 128 characters of [A-Za-z0-9._-], starting with a letter
 *     or digit
 * @param displayName at most 256 characters; empty leaves an existing one as it is
 * @param recordings 1 to 16 of the one voice
 */
public record EnrollRequest(
    String requestId, String speakerId, String displayName, List<Recording> recordings) {
  /** Copies the recordings. */
  public EnrollRequest {
    recordings = List.copyOf(recordings);
  }

  /** Without a display name. */
  public static EnrollRequest of(String speakerId, Recording... recordings) {
    return new EnrollRequest("", speakerId, "", List.of(recordings));
  }

  /** The same with a request id of the caller's. */
  public EnrollRequest withRequestId(String requestId) {
    return new EnrollRequest(requestId, speakerId, displayName, recordings);
  }

  /** The same with a display name. */
  public EnrollRequest withDisplayName(String displayName) {
    return new EnrollRequest(requestId, speakerId, displayName, recordings);
  }
}
