package io.mt2kd.gateway.store;

import static io.mt2kd.gateway.store.Speakers.ACME;
import static io.mt2kd.gateway.store.Speakers.id;
import static io.mt2kd.gateway.store.Speakers.speaker;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mt2kd.gateway.core.failure.InternalException;
import io.mt2kd.gateway.core.failure.UnavailableException;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SQLite's own refusals, brought about for real, and the store working afterwards. */
class SqliteFailuresTest {
  @TempDir Path folder;
  private Path file;
  private SqliteSpeakerStore store;

  @BeforeEach
  void open() throws IOException {
    file = folder.resolve("speakers.db");
    store = SqliteSpeakerStore.open(file, Duration.ofMillis(50));
    Speakers.put(store, speaker(ACME, "alice", 1));
  }

  @AfterEach
  void close() {
    store.close();
  }

  /** Outside a transaction, on the connection that writes. */
  private void onWriter(String pragma) {
    store.database().pragma(pragma);
  }

  @Test
  void saysThatTheDiskIsFullAndGoesOn() {
    onWriter("max_page_count = 1"); // SQLite raises it to the present size.
    assertThatThrownBy(() -> Speakers.put(store, speaker(ACME, "bob", 50)))
        .isInstanceOf(UnavailableException.class)
        .hasMessage("speaker store is out of space")
        .hasRootCauseInstanceOf(SQLException.class);
    assertThat(store.find(ACME, id("bob"))).isEmpty();
    assertThat(store.find(ACME, id("alice"))).contains(speaker(ACME, "alice", 1));
    // SQLite has rolled back itself, so the store has a new connection now, without the limit.
    assertThat(Speakers.put(store, speaker(ACME, "bob", 50)).references()).hasSize(50);
    assertThat(store.find(ACME, id("bob"))).contains(speaker(ACME, "bob", 50));
  }

  @Test
  void saysThatTheStoreIsReadOnly() {
    onWriter("query_only = ON");
    assertThatThrownBy(() -> Speakers.put(store, speaker(ACME, "bob", 1)))
        .isInstanceOf(UnavailableException.class)
        .hasMessage("speaker store is read-only");
    assertThat(store.list(ACME, "", 9)).hasSize(1);
  }

  @Test
  void saysThatAnotherProcessHoldsTheStoreAndStillReads() throws SQLException {
    try (var other = DriverManager.getConnection("jdbc:sqlite:" + file);
        var statement = other.createStatement()) {
      statement.execute("BEGIN IMMEDIATE");
      assertThatThrownBy(() -> Speakers.put(store, speaker(ACME, "bob", 1)))
          .isInstanceOf(UnavailableException.class)
          .hasMessage("speaker store is busy");
      assertThat(store.find(ACME, id("alice"))).isPresent();
      statement.execute("ROLLBACK");
    }
    assertThat(Speakers.put(store, speaker(ACME, "bob", 1)).id()).isEqualTo(id("bob"));
  }

  @Test
  void deletesWhileAnotherProcessReadsTheOldState() throws SQLException {
    try (var other = DriverManager.getConnection("jdbc:sqlite:" + file);
        var statement = other.createStatement()) {
      statement.execute("BEGIN");
      statement.executeQuery("SELECT count(*) FROM speakers").close();
      assertThat(store.delete(ACME, id("alice"))).isPresent();
      statement.execute("COMMIT");
    }
    assertThat(store.find(ACME, id("alice"))).isEmpty();
  }

  @Test
  void callsAConstraintAFaultOfOurs() throws SQLException {
    try (var other = DriverManager.getConnection("jdbc:sqlite:" + file);
        var statement = other.createStatement()) {
      statement.executeUpdate(
          "CREATE TRIGGER no BEFORE INSERT ON speakers BEGIN SELECT RAISE(ABORT, 'no'); END");
    }
    assertThatThrownBy(() -> Speakers.put(store, speaker(ACME, "bob", 1)))
        .isInstanceOf(InternalException.class)
        .hasMessage("speaker store failed");
  }

  @Test
  void callsRowsThatAreNoSpeakerDamage() throws SQLException {
    try (var other = DriverManager.getConnection("jdbc:sqlite:" + file);
        var statement = other.createStatement()) {
      statement.executeUpdate("UPDATE speaker_references SET voiceprint = zeroblob(768)");
    }
    assertThatThrownBy(() -> store.find(ACME, id("alice")))
        .isInstanceOf(InternalException.class)
        .hasMessage("speaker store is damaged");
  }

  @Test
  void refusesWorkAfterClosing() {
    store.close();
    store.close();
    assertThatThrownBy(() -> store.find(ACME, id("alice")))
        .isInstanceOf(UnavailableException.class)
        .hasMessage("speaker store is closed");
    assertThatThrownBy(() -> Speakers.put(store, speaker(ACME, "bob", 1)))
        .isInstanceOf(UnavailableException.class);
  }

  @Test
  void keepsTheInterruptOfAWaitingThread() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> store.find(ACME, id("alice")))
        .isInstanceOf(UnavailableException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(store.find(ACME, id("alice"))).isPresent();
  }

  @Test
  void writesThroughToTheDisk() {
    for (String setting : new String[] {"synchronous=2", "secure_delete=1", "foreign_keys=1"}) {
      String[] pair = setting.split("=", 2);
      assertThat(store.database().pragma(pair[0])).as(pair[0]).isEqualTo(pair[1]);
    }
    assertThat(store.database().pragma("journal_mode")).isEqualTo("wal");
  }
}
