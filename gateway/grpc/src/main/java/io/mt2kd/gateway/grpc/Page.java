package io.mt2kd.gateway.grpc;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.mt2kd.gateway.core.failure.InvalidArgumentException;
import io.mt2kd.gateway.core.speaker.SpeakerId;
import java.util.Base64;

/**
 * Which part of a list a caller wants, after Google's AIP-158.
 *
 * @param size 1 to {@value #MAXIMUM}
 * @param after id of the last item of the page before; empty on the first
 */
record Page(int size, String after) {
  static final int DEFAULT = 50;
  static final int MAXIMUM = 1000;

  /**
   * @throws InvalidArgumentException on {@code page_size} or {@code page_token}
   */
  static Page of(int size, String token) {
    if (size < 0) {
      throw InvalidArgumentException.of("page_size", size, ">= 0; 0 means " + DEFAULT);
    }
    try {
      String after = new String(Base64.getUrlDecoder().decode(token), UTF_8);
      if (!token.isEmpty()) {
        after = new SpeakerId(after).value();
      }
      return new Page(size == 0 ? DEFAULT : Math.min(size, MAXIMUM), after);
    } catch (IllegalArgumentException | InvalidArgumentException e) {
      throw InvalidArgumentException.of("page_token", token, "next_page_token of the page before");
    }
  }

  static String token(String lastId) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(lastId.getBytes(UTF_8));
  }
}
