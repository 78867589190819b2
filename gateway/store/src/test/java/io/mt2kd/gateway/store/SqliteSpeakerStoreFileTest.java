package io.mt2kd.gateway.store;

import static io.mt2kd.gateway.store.Speakers.ACME;
import static io.mt2kd.gateway.store.Speakers.id;
import static io.mt2kd.gateway.store.Speakers.speaker;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Opening: what is made, what is migrated, what is refused, and what is left on the disk. */
class SqliteSpeakerStoreFileTest {
  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("speakers.db");
  }

  private int integer(String query) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        var statement = connection.createStatement();
        var row = statement.executeQuery(query)) {
      return row.getInt(1);
    }
  }

  private void fill(int speakers) throws IOException {
    try (SqliteSpeakerStore store = SqliteSpeakerStore.open(file)) {
      for (int i = 0; i < speakers; i++) {
        Speakers.put(store, speaker(ACME, "s" + i, 5));
      }
    }
  }

  @Test
  void makesFileAndFoldersForTheOwnerOnly() throws IOException {
    assumeFalse(!file.getFileSystem().supportedFileAttributeViews().contains("posix"));
    file = folder.resolve("a/b/speakers.db");
    try (SqliteSpeakerStore store = SqliteSpeakerStore.open(file)) {
      Speakers.put(store, speaker(ACME, "alice", 1));
      try (Stream<Path> files = Files.list(folder.resolve("a/b"))) {
        assertThat(files.toList())
            .hasSize(3)
            .allSatisfy(
                f ->
                    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(f)))
                        .isEqualTo("rw-------"));
      }
    }
  }

  @Test
  void migratesAnEmptyFileOnce() throws Exception {
    fill(1);
    assertThat(integer("PRAGMA user_version")).isEqualTo(Schema.VERSION);
    int schema = integer("PRAGMA schema_version");
    fill(1);
    assertThat(integer("PRAGMA schema_version")).isEqualTo(schema);
    try (SqliteSpeakerStore store = SqliteSpeakerStore.open(file)) {
      assertThat(store.find(ACME, id("s0"))).contains(speaker(ACME, "s0", 5));
    }
  }

  @Test
  void opensANewFileManyTimesAtOnce() throws Exception {
    var executor = Executors.newFixedThreadPool(8);
    try {
      Callable<Void> work =
          () -> {
            try (SqliteSpeakerStore store = SqliteSpeakerStore.open(file)) {
              String name = Thread.currentThread().getName();
              Speakers.put(store, speaker(ACME, name, 1));
              return null;
            }
          };
      for (var done : executor.invokeAll(Arrays.asList(work, work, work, work, work, work))) {
        done.get();
      }
    } finally {
      executor.shutdownNow();
    }
    assertThat(integer("PRAGMA user_version")).isEqualTo(Schema.VERSION);
    assertThat(integer("SELECT count(*) FROM speaker_references")).isPositive();
  }

  @Test
  void refusesANewerSchema() throws Exception {
    fill(1);
    sql("PRAGMA user_version = 2");
    assertThatThrownBy(() -> SqliteSpeakerStore.open(file))
        .isInstanceOf(IOException.class)
        .hasMessage(
            file + ": schema version 2 (expected: at most 1); it was written by a newer gateway");
  }

  @Test
  void leavesADatabaseOfAnotherApplicationAsItIs() throws Exception {
    sql("CREATE TABLE theirs (x)");
    byte[] before = Files.readAllBytes(file);
    assertThatThrownBy(() -> SqliteSpeakerStore.open(file))
        .isInstanceOf(IOException.class)
        .hasMessage(file + ": a database of another application");
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
  }

  @Test
  void refusesAFileThatIsNoDatabase() throws IOException {
    Files.writeString(file, "speakers:\n  - alice\n".repeat(300));
    assertThatThrownBy(() -> SqliteSpeakerStore.open(file))
        .isInstanceOf(IOException.class)
        .hasMessage(file + ": speaker store is damaged");
    assertThat(Files.readString(file)).startsWith("speakers:");
  }

  @Test
  void refusesACutFile() throws IOException {
    fill(30);
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length / 2));
    assertThatThrownBy(() -> SqliteSpeakerStore.open(file))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining("damaged");
  }

  @Test
  void refusesAPageOfNoise() throws IOException {
    fill(30);
    byte[] bytes = Files.readAllBytes(file);
    Arrays.fill(bytes, bytes.length - 8192, bytes.length - 4096, (byte) 0x5a);
    Files.write(file, bytes);
    assertThatThrownBy(() -> SqliteSpeakerStore.open(file))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining("damaged");
  }

  @Test
  void refusesAFolder() throws IOException {
    Files.createDirectory(file);
    assertThatThrownBy(() -> SqliteSpeakerStore.open(file))
        .isInstanceOf(IOException.class)
        .hasMessage(file + ": not a file");
  }

  @Test
  void refusesAFileAsFolder() throws IOException {
    Files.createFile(file);
    Path inside = file.resolve("speakers.db");
    assertThatThrownBy(() -> SqliteSpeakerStore.open(inside))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(inside + ": the speaker store cannot be made here");
  }

  @Test
  void refusesAReadOnlyFile() throws IOException {
    fill(1);
    assertThat(file.toFile().setReadOnly()).isTrue();
    assumeFalse(Files.isWritable(file), "permissions do not bind this user");
    assertThatThrownBy(() -> SqliteSpeakerStore.open(file))
        .isInstanceOf(IOException.class)
        .hasMessage(file + ": the speaker store may not be read and written");
  }

  @Test
  void leavesNoTraceOfADeletedVoice() throws IOException {
    byte[] voice = VoiceprintBytes.encode(Speakers.voiceprint("alice", 1));
    try (SqliteSpeakerStore store = SqliteSpeakerStore.open(file)) {
      Speakers.put(store, speaker(ACME, "alice", 3));
      Speakers.put(store, speaker(ACME, "bob", 3));
      assertThat(traces(voice)).isPositive();
      store.delete(ACME, id("alice"));
      assertThat(traces(voice)).isZero();
      assertThat(traces(VoiceprintBytes.encode(Speakers.voiceprint("bob", 1)))).isPositive();
    }
    assertThat(traces(voice)).isZero();
  }

  @Test
  void leavesNoTraceOfADroppedReference() throws IOException {
    byte[] voice = VoiceprintBytes.encode(Speakers.voiceprint("alice", 2));
    try (SqliteSpeakerStore store = SqliteSpeakerStore.open(file)) {
      Speakers.put(store, speaker(ACME, "alice", 3));
      assertThat(traces(voice)).isPositive();
      Speakers.put(store, speaker(ACME, "alice", 2));
      assertThat(traces(voice)).isZero();
    }
  }

  /** Occurrences of the first 64 bytes of a voiceprint in the file and its log. */
  private long traces(byte[] voice) throws IOException {
    String wanted = new String(voice, 0, 64, StandardCharsets.ISO_8859_1);
    try (Stream<Path> files = Files.list(folder)) {
      long found = 0;
      for (Path each : files.toList()) {
        String bytes = Files.readString(each, StandardCharsets.ISO_8859_1);
        for (int at = -1; (at = bytes.indexOf(wanted, at + 1)) >= 0; ) {
          found++;
        }
      }
      return found;
    }
  }

  private void sql(String... statements) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        var statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.executeUpdate(sql);
      }
    }
  }
}
