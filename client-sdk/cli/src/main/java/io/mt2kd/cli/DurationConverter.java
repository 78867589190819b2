package io.mt2kd.cli;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Durations as people write them: {@code 500ms}, {@code 30s}, {@code 1.5m}, {@code 1h}. */
final class DurationConverter implements ITypeConverter<Duration> {
  private static final Pattern FORM = Pattern.compile("([0-9]{1,6}(?:\\.[0-9]{1,6})?)(ms|s|m|h)");

  @Override
  public Duration convert(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new TypeConversionException("\"" + text + "\" (expected: for example 500ms, 30s, 2m)");
    }
    double seconds =
        Double.parseDouble(matcher.group(1))
            * switch (matcher.group(2)) {
              case "ms" -> 1e-3;
              case "s" -> 1;
              case "m" -> 60;
              default -> 3600;
            };
    Duration duration = Duration.ofNanos(Math.round(seconds * 1e9));
    if (duration.isZero()) {
      throw new TypeConversionException("\"" + text + "\" (expected: > 0)");
    }
    return duration;
  }
}
