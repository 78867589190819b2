package io.mt2kd.benchmarks.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.mt2kd.it.harness.Checkout;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The figures of one run: printed as they come, written at the end with the run's conditions. */
public final class Report {
  private final String name;
  private final Map<String, Object> content = new LinkedHashMap<>();

  /**
   * @param name of the file
   * @param arguments that the benchmark was started with
   */
  public Report(String name, List<String> arguments) {
    this.name = name;
    content.put("arguments", arguments);
    content.put("started", Instant.now().toString());
    content.put("processors", Runtime.getRuntime().availableProcessors());
    content.put("java", System.getProperty("java.vm.version"));
    content.put("load_average_before", load());
  }

  /** Prints a line of text. */
  public void say(String text) {
    System.out.println(text);
  }

  public void table(String title, MarkdownTable table) {
    System.out.println("\n" + title + "\n\n" + table.markdown());
    content.put(title, table.values());
  }

  /** Writes {@code target/results/<name>.json}. */
  public void write() throws IOException {
    content.put("load_average_after", load());
    Path folder = Checkout.root().resolve("integration-tests/benchmarks/target/results");
    Files.createDirectories(folder);
    Path file = folder.resolve(name + ".json");
    new ObjectMapper()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .writeValue(file.toFile(), content);
    System.out.println("written: " + Checkout.root().relativize(file));
  }

  private static double load() {
    return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
  }
}
