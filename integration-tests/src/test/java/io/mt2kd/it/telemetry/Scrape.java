package io.mt2kd.it.telemetry;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One scrape, in Prometheus' text format. */
final class Scrape {
  private static final Pattern TYPE = Pattern.compile("# TYPE (\\S+) (\\S+)");
  private static final Pattern SAMPLE = Pattern.compile("([a-zA-Z_:][\\w:]*)(?:\\{(.*)})? \\S+");
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"(?:[^\"\\\\]|\\\\.)*\"");

  /** Of each family, by its name. */
  final Map<String, String> types = new LinkedHashMap<>();

  /** The names of labels of each sample, by its name: those of any series. */
  final Map<String, Set<String>> labels = new LinkedHashMap<>();

  private Scrape() {}

  static Scrape parse(String text) {
    Scrape scrape = new Scrape();
    text.lines().forEach(scrape::read);
    return scrape;
  }

  private void read(String line) {
    Matcher type = TYPE.matcher(line);
    if (type.matches()) {
      types.put(type.group(1), type.group(2));
      return;
    }
    Matcher sample = SAMPLE.matcher(line);
    if (!line.startsWith("#") && sample.matches()) {
      Set<String> names = labels.computeIfAbsent(sample.group(1), name -> new LinkedHashSet<>());
      Matcher label = LABEL.matcher(sample.group(2) == null ? "" : sample.group(2));
      while (label.find()) {
        names.add(label.group(1));
      }
    }
  }

  /** The labels of a family, without the one that tells a histogram's buckets apart. */
  Set<String> labelsOf(String family) {
    Set<String> names = new LinkedHashSet<>();
    for (String suffix : new String[] {"", "_bucket", "_count"}) {
      names.addAll(labels.getOrDefault(family + suffix, Set.of()));
    }
    names.remove("le");
    return names;
  }
}
