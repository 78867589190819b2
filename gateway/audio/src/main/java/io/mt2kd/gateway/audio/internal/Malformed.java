package io.mt2kd.gateway.audio.internal;

import io.mt2kd.gateway.core.failure.InvalidArgumentException;

/** Refusals of the bytes themselves: all name the field {@code content}. */
public final class Malformed {
  private Malformed() {}

  /**
   * @param found what the bytes say, in words of ours
   * @param expected what would have been read
   */
  public static InvalidArgumentException content(String found, String expected) {
    return InvalidArgumentException.of("content", found, expected);
  }
}
