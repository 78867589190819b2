package io.mt2kd.gateway.store;

import static io.mt2kd.gateway.store.Speakers.ACME;
import static io.mt2kd.gateway.store.Speakers.speaker;
import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.gateway.core.speaker.Speaker;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} at random moments of enrollment, over and over on one file: what was acknowledged
 * is there whole, what was not is there whole or not at all.
 *
 * <p>{@code -Dmt2kd.crash.rounds=20} makes it shorter, {@code -Dmt2kd.crash.seed=…} repeats the
 * drawn moments (the scheduler's part of the chance cannot be repeated).
 */
class SpeakerStoreCrashIT {
  private static final int ROUNDS = Integer.getInteger("mt2kd.crash.rounds", 200);
  private static final long SEED = Long.getLong("mt2kd.crash.seed", System.nanoTime());
  private static final int MOST_ACKNOWLEDGED = 12;
  private static final int LONGEST_WAIT_MICROS = 6000;

  @TempDir Path folder;

  @Test
  void losesNoAcknowledgedSpeakerAndHalvesNone() throws Exception {
    System.out.println("SpeakerStoreCrashIT: rounds " + ROUNDS + ", seed " + SEED);
    Random random = new Random(SEED);
    Path file = folder.resolve("speakers.db");
    Map<String, Integer> acknowledged = new HashMap<>();
    int ahead = 0;
    int inLog = 0;
    for (int round = 0; round < ROUNDS; round++) {
      enrollUntilKilled(file, round, random, acknowledged);
      inLog += sizeOf(folder.resolve("speakers.db-wal")) > 0 ? 1 : 0;
      ahead += requireWhole(file, round, acknowledged);
    }
    System.out.printf(
        "SpeakerStoreCrashIT: %d speakers acknowledged, %d kills with a log to recover,"
            + " %d of a commit not yet acknowledged%n",
        acknowledged.size(), inLog, ahead);
    // Otherwise every kill came at an idle moment, and nothing was tested.
    assertThat(inLog).isGreaterThan(ROUNDS / 2);
  }

  private void enrollUntilKilled(
      Path file, int round, Random random, Map<String, Integer> acknowledged) throws Exception {
    int before = random.nextInt(MOST_ACKNOWLEDGED + 1);
    Path scratch = Files.createDirectory(folder.resolve("tmp" + round));
    Process child = start(file, round, scratch);
    try (BufferedReader output = child.inputReader(StandardCharsets.UTF_8)) {
      assertThat(output.readLine()).as("child's first line").isEqualTo("ready");
      for (int i = 0; i < before; i++) {
        acknowledge(output.readLine(), acknowledged);
      }
      boolean ended = child.waitFor(random.nextInt(LONGEST_WAIT_MICROS), TimeUnit.MICROSECONDS);
      assertThat(ended).as("child ended by itself").isFalse();
      // Not Process.destroyForcibly: it closes the pipe, and what is still in it was acknowledged.
      assertThat(child.toHandle().destroyForcibly()).as("killed").isTrue();
      String rest = readAll(output); // A line without its end was not acknowledged.
      rest.substring(0, rest.lastIndexOf('\n') + 1)
          .lines()
          .forEach(line -> acknowledge(line, acknowledged));
      assertThat(child.waitFor()).as("exit status").isEqualTo(128 + 9);
    } finally {
      child.destroyForcibly();
      delete(scratch);
    }
  }

  private static Process start(Path file, int round, Path scratch) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xshare:auto",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx64m",
            "-Dslf4j.internal.verbosity=ERROR",
            // A killed JVM leaves SQLite's library behind here.
            "-Djava.io.tmpdir=" + scratch,
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            EnrollingProcess.class.getName(),
            file.toString(),
            Integer.toString(round))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static void acknowledge(String line, Map<String, Integer> acknowledged) {
    String[] parts = line.split(" ", 2);
    acknowledged.put(parts[0], Integer.parseInt(parts[1]));
  }

  /**
   * @return 1 if the round's last commit was not acknowledged any more, else 0
   */
  private static int requireWhole(Path file, int round, Map<String, Integer> acknowledged)
      throws Exception {
    Map<String, Integer> stored = new HashMap<>();
    try (SqliteSpeakerStore store = SqliteSpeakerStore.open(file)) {
      List<Speaker> page;
      for (String after = ""; !(page = store.list(ACME, after, 500)).isEmpty(); ) {
        for (Speaker each : page) {
          assertThat(each).isEqualTo(speaker(ACME, each.id().value(), each.references().size()));
          stored.put(each.id().value(), each.references().size());
          after = each.id().value();
        }
      }
    }
    int ahead = 0;
    for (var each : stored.entrySet()) {
      int sure = acknowledged.getOrDefault(each.getKey(), 0);
      // One update can be in flight at the kill; it adds at most two references.
      assertThat(each.getValue()).as(each.getKey()).isBetween(sure, sure + 2);
      if (each.getValue() > sure) {
        assertThat(each.getKey()).as("written in an earlier round").startsWith("r" + round + "-");
        ahead++;
        // It is durable from now on: later rounds must not lose it either.
        acknowledged.put(each.getKey(), each.getValue());
      }
    }
    assertThat(ahead).as("updates in flight at the kill").isLessThanOrEqualTo(1);
    assertThat(stored.keySet()).as("round " + round).containsAll(acknowledged.keySet());
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        var statement = connection.createStatement()) {
      try (var row = statement.executeQuery("PRAGMA integrity_check")) {
        assertThat(row.getString(1)).isEqualTo("ok");
      }
      try (var rows = statement.executeQuery("PRAGMA foreign_key_check")) {
        assertThat(rows.next()).isFalse();
      }
    }
    return ahead;
  }

  private static String readAll(BufferedReader output) throws IOException {
    StringBuilder all = new StringBuilder();
    for (int c; (c = output.read()) >= 0; ) {
      all.append((char) c);
    }
    return all.toString();
  }

  private static long sizeOf(Path path) throws IOException {
    return Files.exists(path) ? Files.size(path) : 0;
  }

  private static void delete(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      for (Path each : files.toList()) {
        Files.delete(each);
      }
    }
    Files.delete(directory);
  }
}
