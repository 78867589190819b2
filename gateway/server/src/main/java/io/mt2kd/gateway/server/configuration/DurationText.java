package io.mt2kd.gateway.server.configuration;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 250ms}, {@code 30s}, {@code 5m}, {@code 2h}. */
final class DurationText {
  private static final Pattern FORM = Pattern.compile("(\\d{1,12})\\s*(ms|s|m|h)");
  private static final Map<String, Long> MILLIS =
      Map.of("ms", 1L, "s", 1_000L, "m", 60_000L, "h", 3_600_000L);

  private DurationText() {}

  static SimpleModule module() {
    return new SimpleModule("durations")
        .addDeserializer(Duration.class, new Reader())
        .addSerializer(Duration.class, new Writer());
  }

  private static final class Reader extends StdDeserializer<Duration> {
    Reader() {
      super(Duration.class);
    }

    @Override
    public Duration deserialize(JsonParser parser, DeserializationContext context)
        throws IOException {
      String text = parser.getText().strip();
      Matcher matcher = FORM.matcher(text);
      if (!matcher.matches()) {
        return (Duration)
            context.handleWeirdStringValue(
                Duration.class, text, "expected: a duration, for example 250ms, 30s, 5m, 2h");
      }
      long unit = MILLIS.getOrDefault(matcher.group(2), 1L);
      return Duration.ofMillis(Math.multiplyExact(Long.parseLong(matcher.group(1)), unit));
    }
  }

  private static final class Writer extends StdSerializer<Duration> {
    Writer() {
      super(Duration.class);
    }

    @Override
    public void serialize(Duration value, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      out.writeString(value.toMillis() + "ms");
    }
  }
}
