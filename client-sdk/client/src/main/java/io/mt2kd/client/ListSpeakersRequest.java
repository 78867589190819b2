package io.mt2kd.client;

/**
 * Which speakers does the tenant have?
 *
 * @param pageSize 0 means 50; at most 1,000
 * @param pageToken {@link SpeakerPage#nextPageToken()} of the page before; empty for the first
 */
public record ListSpeakersRequest(int pageSize, String pageToken) {
  /** The first page, of the gateway's size. */
  public static final ListSpeakersRequest FIRST_PAGE = new ListSpeakersRequest(0, "");
}
