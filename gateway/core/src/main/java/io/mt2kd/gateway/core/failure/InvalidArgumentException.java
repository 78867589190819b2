package io.mt2kd.gateway.core.failure;

import static java.util.Objects.requireNonNull;

/**
 * A value that can never be served. Names the field as the caller wrote it (for example {@code
 * recordings[2].sample_rate_hertz}), the offending value and what was expected.
 */
public final class InvalidArgumentException extends GatewayException {
  private static final int LONGEST_VALUE = 80;

  private final String field;
  private final String problem;

  private InvalidArgumentException(String field, String problem) {
    super(field + ": " + problem, null);
    this.field = field;
    this.problem = problem;
  }

  /**
   * @param field path of the field from the value that is being read
   * @param value the offending value; long ones are cut, and characters that could forge a log line
   *     are replaced
   * @param expected the range or form that would have been accepted, without the word "expected"
   */
  public static InvalidArgumentException of(String field, Object value, String expected) {
    requireNonNull(field, "field");
    return new InvalidArgumentException(
        field, shorten(String.valueOf(value)) + " (expected: " + expected + ")");
  }

  /** The same problem seen from the value that holds this one in its field {@code outer}. */
  public InvalidArgumentException within(String outer) {
    return new InvalidArgumentException(
        field.isEmpty() ? outer : outer + (field.startsWith("[") ? "" : ".") + field, problem);
  }

  /** Path of the field. */
  public String field() {
    return field;
  }

  /** The offending value and what was expected. */
  public String problem() {
    return problem;
  }

  private static String shorten(String value) {
    if (value.isEmpty()) {
      return "\"\"";
    }
    StringBuilder shown = new StringBuilder();
    value
        .codePoints()
        .limit(LONGEST_VALUE)
        .forEach(c -> shown.appendCodePoint(isShown(c) ? c : '\uFFFD'));
    return value.codePointCount(0, value.length()) > LONGEST_VALUE ? shown + "…" : shown.toString();
  }

  private static boolean isShown(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          false;
      default -> true;
    };
  }
}
