package io.mt2kd.it.hostile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What was answered to each case, as Markdown for the documentation. */
final class HostileTable {
  private final List<String> rows = new ArrayList<>();

  void add(String name, String status, String field, String answer) {
    rows.add(
        "| %s | %s | %s | %s |"
            .formatted(
                cell(name), status, field.isEmpty() ? "–" : "`" + field + "`", cell(answer)));
  }

  void write(Path file) throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add("| request | status | field | answer |");
    lines.add("|---|---|---|---|");
    lines.addAll(rows);
    Files.write(file, lines);
  }

  private static String cell(String text) {
    return text.replace("|", "\\|").replaceAll("\\R", " ");
  }
}
