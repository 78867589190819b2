package io.mt2kd.gateway.core.speaker;

import io.mt2kd.gateway.core.failure.InvalidArgumentException;

/**
 * The caller's id of a speaker, unique within its tenant.
 *
 * @param value 1 to 128 characters of {@code [A-Za-z0-9._-]}, starting with a letter or digit
 */
public record SpeakerId(String value) {
  private static final String COLLECTION = "speakers/";

  /**
   * @throws InvalidArgumentException on field {@code speaker_id}
   */
  public SpeakerId {
    Identifiers.require("speaker_id", value);
  }

  /**
   * The id inside a resource name {@code speakers/{speaker}}.
   *
   * @throws InvalidArgumentException on field {@code name}
   */
  public static SpeakerId ofName(String name) {
    if (!name.startsWith(COLLECTION)) {
      throw InvalidArgumentException.of("name", name, "speakers/{speaker}");
    }
    String id = name.substring(COLLECTION.length());
    Identifiers.require("name", id);
    return new SpeakerId(id);
  }

  /** The resource name, {@code speakers/{speaker}}. */
  public String name() {
    return COLLECTION + value;
  }

  @Override
  public String toString() {
    return value;
  }
}
