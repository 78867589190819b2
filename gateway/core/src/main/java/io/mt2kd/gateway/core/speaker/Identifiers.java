package io.mt2kd.gateway.core.speaker;

import io.mt2kd.gateway.core.failure.InvalidArgumentException;
import java.util.regex.Pattern;

/** The one form that ids take: safe in a path, a log line and a query. */
final class Identifiers {
  private static final Pattern FORM = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

  private Identifiers() {}

  static void require(String field, String value) {
    if (!FORM.matcher(value).matches()) {
      throw InvalidArgumentException.of(
          field, value, "1 to 128 characters of [A-Za-z0-9._-], starting with a letter or digit");
    }
  }
}
