package io.mt2kd.it.telemetry;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a Prometheus query names: metrics, the labels that it selects by, and those that it groups
 * by. Only as much of the language as the dashboard speaks; what is neither known nor a metric's
 * name is refused.
 */
final class Promql {
  private static final Pattern TOKEN =
      Pattern.compile(
          "\"(?:[^\"\\\\]|\\\\.)*\"|\\[[^\\]]*]|[a-zA-Z_:][a-zA-Z0-9_:]*|[0-9.]+|[=!]~|[=!<>]=|\\S");
  private static final Set<String> FUNCTIONS =
      Set.of("sum", "min", "max", "rate", "increase", "histogram_quantile");

  final Map<String, Set<String>> selectors = new LinkedHashMap<>();
  final Set<String> groupings = new LinkedHashSet<>();

  private final List<String> tokens = new ArrayList<>();
  private int at;

  private Promql(String query) {
    Matcher matcher = TOKEN.matcher(query);
    while (matcher.find()) {
      tokens.add(matcher.group());
    }
  }

  static Promql parse(String query) {
    Promql parsed = new Promql(query);
    while (parsed.at < parsed.tokens.size()) {
      parsed.next();
    }
    return parsed;
  }

  private void next() {
    String token = tokens.get(at++);
    if (!Character.isLetter(token.charAt(0))) {
      return;
    }
    if (token.equals("by")) {
      groupings.addAll(names("(", ")"));
    } else if (peek().equals("(") || peek().equals("by")) {
      if (!FUNCTIONS.contains(token)) {
        throw new AssertionError(token + ": no function that this test knows");
      }
    } else {
      Set<String> labels = selectors.computeIfAbsent(token, metric -> new LinkedHashSet<>());
      if (peek().equals("{")) {
        labels.addAll(names("{", "}"));
      }
    }
  }

  /** The names between two brackets; operators and values are skipped. */
  private Set<String> names(String opening, String closing) {
    if (!tokens.get(at++).equals(opening)) {
      throw new AssertionError("no " + opening + " where one is expected: " + tokens);
    }
    Set<String> names = new LinkedHashSet<>();
    while (!peek().equals(closing)) {
      String token = tokens.get(at++);
      if (Character.isLetter(token.charAt(0))) {
        names.add(token);
      }
    }
    at++;
    return names;
  }

  private String peek() {
    return at < tokens.size() ? tokens.get(at) : "";
  }
}
