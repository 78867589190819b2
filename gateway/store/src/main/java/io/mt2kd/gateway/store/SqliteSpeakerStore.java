package io.mt2kd.gateway.store;

import io.mt2kd.gateway.core.speaker.Reference;
import io.mt2kd.gateway.core.speaker.Speaker;
import io.mt2kd.gateway.core.speaker.SpeakerId;
import io.mt2kd.gateway.core.speaker.SpeakerStore;
import io.mt2kd.gateway.core.speaker.TenantId;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Speakers in one SQLite file. Safe for concurrent use, also by several processes on one machine.
 *
 * <p>Returned is durable: a commit waits for the disk. Deleted is gone: the pages are overwritten,
 * and the write-ahead log is moved into the file and cut to nothing before {@link #delete} returns
 * (or later, with a warning in the log, while another process reads the old state). Free blocks of
 * the disk itself are out of its reach.
 *
 * <p>Times are kept to the microsecond; what {@link #update} returns is what was stored.
 */
public final class SqliteSpeakerStore implements SpeakerStore {
  private static final Duration BUSY_TIMEOUT = Duration.ofSeconds(5);

  private final SqliteDatabase database;

  private SqliteSpeakerStore(SqliteDatabase database) {
    this.database = database;
  }

  /**
   * Opens the store, and makes the file (readable by its owner only) and its folder where they do
   * not exist.
   *
   * @throws IOException naming the file: when it cannot be made, read or written; is no SQLite
   *     file, is damaged, belongs to another application or was written by a newer gateway
   */
  public static SqliteSpeakerStore open(Path file) throws IOException {
    return open(file, BUSY_TIMEOUT);
  }

  static SqliteSpeakerStore open(Path file, Duration busyTimeout) throws IOException {
    StoreFile.prepare(file);
    try {
      return new SqliteSpeakerStore(SqliteDatabase.open(file, busyTimeout));
    } catch (Schema.UnusableFileException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    } catch (SQLException e) {
      throw new IOException(file + ": " + SqliteFailures.of(e).getMessage(), e);
    }
  }

  @Override
  public Optional<Speaker> find(TenantId tenant, SpeakerId id) {
    return database.read(connection -> SpeakerTable.find(connection, tenant, id));
  }

  @Override
  public Speaker update(
      TenantId tenant, SpeakerId id, Function<Optional<Speaker>, Speaker> change) {
    // An exception of the change passes untouched: only SQLite's own are translated.
    Update done =
        database.write(
            connection -> {
              Optional<Speaker> before = SpeakerTable.find(connection, tenant, id);
              Speaker after = toMicroseconds(change.apply(before));
              if (!after.tenant().equals(tenant) || !after.id().equals(id)) {
                throw new IllegalArgumentException(
                    "change of %s/%s returned %s/%s (expected: the same tenant and id)"
                        .formatted(tenant, id, after.tenant(), after.id()));
              }
              return new Update(after, SpeakerTable.replace(connection, before, after));
            });
    if (done.erased) {
      database.truncateLog();
    }
    return done.speaker;
  }

  /**
   * @param erased whether the speaker had references before that are no longer there
   */
  private record Update(Speaker speaker, boolean erased) {}

  @Override
  public List<Speaker> list(TenantId tenant, String after, int limit) {
    if (limit <= 0) {
      throw new IllegalArgumentException("limit: " + limit + " (expected: > 0)");
    }
    return database.read(connection -> SpeakerTable.list(connection, tenant, after, limit));
  }

  @Override
  public Optional<Speaker> delete(TenantId tenant, SpeakerId id) {
    Optional<Speaker> erased =
        database.write(
            connection -> {
              Optional<Speaker> before = SpeakerTable.find(connection, tenant, id);
              if (before.isPresent()) {
                SpeakerTable.erase(connection, before.get());
              }
              return before;
            });
    if (erased.isPresent()) {
      database.truncateLog();
    }
    return erased;
  }

  @Override
  public long version() {
    return database.version();
  }

  @Override
  public void close() {
    database.close();
  }

  /** For tests that bring the database itself into a state. */
  SqliteDatabase database() {
    return database;
  }

  private static Speaker toMicroseconds(Speaker speaker) {
    return new Speaker(
        speaker.tenant(),
        speaker.id(),
        speaker.uid(),
        speaker.displayName(),
        speaker.references().stream().map(SqliteSpeakerStore::toMicroseconds).toList(),
        speaker.createTime().truncatedTo(ChronoUnit.MICROS),
        speaker.updateTime().truncatedTo(ChronoUnit.MICROS));
  }

  private static Reference toMicroseconds(Reference reference) {
    return new Reference(
        reference.voiceprint(),
        reference.modelFingerprint(),
        reference.speech().truncatedTo(ChronoUnit.MICROS),
        reference.createTime().truncatedTo(ChronoUnit.MICROS));
  }
}
