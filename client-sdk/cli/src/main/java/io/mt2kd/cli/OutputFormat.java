package io.mt2kd.cli;

/** How answers are written. */
enum OutputFormat {
  TEXT,
  JSON
}
