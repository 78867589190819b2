package io.mt2kd.benchmarks.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Rows of figures with the same columns. Numbers are printed with two places at most. */
public final class MarkdownTable {
  private final List<String> columns;
  private final List<Object[]> rows = new ArrayList<>();

  public MarkdownTable(String... columns) {
    this.columns = List.of(columns);
  }

  /**
   * @param cells one for each column
   */
  public MarkdownTable row(Object... cells) {
    if (cells.length != columns.size()) {
      throw new IllegalArgumentException(
          "cells: " + cells.length + " (expected: " + columns.size() + ")");
    }
    rows.add(cells.clone());
    return this;
  }

  /** As it is printed. */
  public String markdown() {
    StringBuilder text = new StringBuilder("| " + String.join(" | ", columns) + " |\n");
    text.append("|").append("---|".repeat(columns.size())).append("\n");
    for (Object[] row : rows) {
      text.append("|");
      for (Object cell : row) {
        text.append(" ").append(text(cell)).append(" |");
      }
      text.append("\n");
    }
    return text.toString();
  }

  /** The same for a program: an object for each row. */
  public List<Map<String, Object>> values() {
    return rows.stream().map(this::values).toList();
  }

  private Map<String, Object> values(Object[] row) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (int i = 0; i < row.length; i++) {
      values.put(columns.get(i), row[i]);
    }
    return values;
  }

  private static String text(Object cell) {
    if (!(cell instanceof Double number)) {
      return String.valueOf(cell);
    }
    String format = Math.abs(number) >= 100 ? "%.0f" : Math.abs(number) >= 10 ? "%.1f" : "%.2f";
    return String.format(Locale.ROOT, format, number);
  }
}
