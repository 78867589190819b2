package io.mt2kd.cli.metrics;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Words as word error rates compare them: lower case; punctuation and symbols separate words,
 * except an apostrophe between letters, which stays.
 */
public final class TextNormalizer {
  private static final Pattern SEPARATORS =
      Pattern.compile("(?<!\\p{L})'|'(?!\\p{L})|[^\\p{L}\\p{M}\\p{N}']+");

  private TextNormalizer() {}

  /** The words of a text; none for a text without letters and digits. */
  public static List<String> words(String text) {
    String plain = text.toLowerCase(Locale.ROOT).replace('\u2019', '\'');
    String separated = SEPARATORS.matcher(plain).replaceAll(" ").strip();
    return separated.isEmpty() ? List.of() : List.of(separated.split(" +"));
  }
}
