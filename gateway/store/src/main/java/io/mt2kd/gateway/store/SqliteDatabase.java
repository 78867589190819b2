package io.mt2kd.gateway.store;

import static java.util.Objects.requireNonNull;

import io.mt2kd.gateway.core.failure.UnavailableException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;

/**
 * One SQLite file: one connection that writes, a few that read. Safe for concurrent use.
 *
 * <p>The journal is a write-ahead log, so readers never wait for the writer; each statement of a
 * reader sees one committed state. {@code synchronous=FULL} makes a commit return only when the log
 * has reached the disk: it survives the end of the process and of the power.
 *
 * <p>One more connection does nothing but notice the commits of all others: SQLite's {@code
 * data_version} is told to each connection in numbers of its own.
 *
 * <p>Writers of this process queue at a lock; those of other processes are waited for up to the
 * busy timeout. Several processes may use one file on a local disk (not on a network share, where
 * the shared memory of the log does not work).
 */
final class SqliteDatabase implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SqliteDatabase.class);
  private static final int READERS = 4;
  private static final Duration BUSY_PAUSE = Duration.ofMillis(2);

  private final Path file;
  private final Duration busyTimeout;
  private final ReentrantLock writing = new ReentrantLock(true);
  private final BlockingQueue<Connection> readers = new ArrayBlockingQueue<>(READERS);

  /** Guarded by {@link #writing}; absent after a failed rollback, when its state is unknown. */
  private @Nullable Connection writer;

  private final ReentrantLock watching = new ReentrantLock();

  /** These two guarded by {@link #watching}; absent until the file is open. */
  private @Nullable Connection watcher;

  private @Nullable PreparedStatement dataVersion;

  /** Held for reading by readers, for writing by the closing; after {@link #writing}. */
  private final ReadWriteLock lifecycle = new ReentrantReadWriteLock();

  /** Written under both locks. */
  private boolean closed;

  private SqliteDatabase(Path file, Duration busyTimeout) {
    this.file = file;
    this.busyTimeout = busyTimeout;
  }

  /** Opens an existing file, which may be empty, and migrates it. */
  static SqliteDatabase open(Path file, Duration busyTimeout)
      throws SQLException, Schema.UnusableFileException {
    SqliteDatabase database = new SqliteDatabase(file, busyTimeout);
    try {
      Connection writer = database.connect(false);
      database.writer = writer;
      // Before anything is written: a file that is not ours stays as it is.
      Schema.requireOurs(writer);
      requireSound(writer);
      useWriteAheadLog(writer, busyTimeout);
      Schema.migrate(writer);
      // A crash between an erasure and its truncation leaves the erased bytes in the log.
      database.truncateLog();
      for (int i = 0; i < READERS; i++) {
        database.readers.add(database.connect(true));
      }
      Connection watcher = database.connect(true);
      database.watcher = watcher;
      database.dataVersion = watcher.prepareStatement("PRAGMA data_version");
      return database;
    } catch (SQLException | Schema.UnusableFileException | RuntimeException e) {
      database.close();
      throw e;
    }
  }

  /** Something done with a connection. */
  @FunctionalInterface
  interface Work<T> {
    T on(Connection connection) throws SQLException;
  }

  /**
   * Does the work in a transaction of its own, alone among writers, and returns when the result is
   * durable. Whatever the work throws rolls back.
   */
  <T> T write(Work<T> work) {
    try {
      writing.lockInterruptibly();
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
    try {
      requireOpen();
      Connection connection = writer;
      if (connection == null) {
        connection = connect(false);
        writer = connection;
      }
      return inTransaction(connection, work);
    } catch (SQLException e) {
      throw SqliteFailures.of(e);
    } finally {
      writing.unlock();
    }
  }

  /** Does the work on a connection that cannot write; each statement sees one committed state. */
  <T> T read(Work<T> work) {
    lifecycle.readLock().lock();
    try {
      requireOpen();
      Connection connection = readers.take();
      try {
        return work.on(connection);
      } finally {
        readers.add(connection);
      }
    } catch (InterruptedException e) {
      throw interrupted(e);
    } catch (SQLException e) {
      throw SqliteFailures.of(e);
    } finally {
      lifecycle.readLock().unlock();
    }
  }

  /** A number that is another one after every commit, of whichever process. */
  long version() {
    lifecycle.readLock().lock();
    try {
      requireOpen();
      watching.lock();
      try (ResultSet row = requireNonNull(dataVersion, "dataVersion").executeQuery()) {
        return row.getLong(1);
      } finally {
        watching.unlock();
      }
    } catch (SQLException e) {
      throw SqliteFailures.of(e);
    } finally {
      lifecycle.readLock().unlock();
    }
  }

  /**
   * Moves the write-ahead log into the file and cuts it to nothing, so that neither holds what was
   * deleted. A failure only delays that (to the next call, or the next opening): what was committed
   * stays committed.
   */
  void truncateLog() {
    writing.lock();
    Connection connection = writer;
    if (connection == null) {
      writing.unlock();
      return;
    }
    try (Statement statement = connection.createStatement();
        var row = statement.executeQuery("PRAGMA wal_checkpoint(TRUNCATE)")) {
      if (row.getInt("busy") != 0) {
        log.warn("Log of the speaker store is in use: erased voiceprints stay in it for now");
      }
    } catch (SQLException e) {
      log.warn("Log of the speaker store was not truncated: erased voiceprints stay for now", e);
    } finally {
      writing.unlock();
    }
  }

  /** Runs a pragma on the connection that writes; its first value, or nothing. For tests. */
  @Nullable String pragma(String pragma) {
    writing.lock();
    try (Statement statement = requireNonNull(writer, "writer").createStatement()) {
      return statement.execute("PRAGMA " + pragma) ? statement.getResultSet().getString(1) : null;
    } catch (SQLException e) {
      throw SqliteFailures.of(e);
    } finally {
      writing.unlock();
    }
  }

  /** Waits for the work under way; later work is refused. */
  @Override
  public void close() {
    writing.lock();
    lifecycle.writeLock().lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      truncateLog();
      for (Connection reader : readers) {
        closeQuietly(reader);
      }
      closeWatcher();
      closeWriter();
    } finally {
      lifecycle.writeLock().unlock();
      writing.unlock();
    }
  }

  private <T> T inTransaction(Connection connection, Work<T> work) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("BEGIN IMMEDIATE");
      try {
        T result = work.on(connection);
        statement.execute("COMMIT");
        return result;
      } catch (SQLException | RuntimeException | Error e) {
        try {
          statement.execute("ROLLBACK");
        } catch (SQLException failed) {
          // SQLite has rolled back already, or cannot: a new connection knows no transaction.
          e.addSuppressed(failed);
          closeWriter();
        }
        throw e;
      }
    }
  }

  private Connection connect(boolean readOnly) throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setBusyTimeout((int) busyTimeout.toMillis());
    Connection connection = config.createConnection("jdbc:sqlite:" + file);
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA foreign_keys = ON");
      statement.execute("PRAGMA synchronous = FULL");
      // macOS acknowledges an fsync before the disk does; without effect elsewhere.
      statement.execute("PRAGMA fullfsync = ON");
      statement.execute("PRAGMA secure_delete = ON");
      // Voiceprints never spill into temporary files.
      statement.execute("PRAGMA temp_store = MEMORY");
      statement.execute("PRAGMA query_only = " + readOnly);
    } catch (SQLException e) {
      closeQuietly(connection);
      throw e;
    }
    return connection;
  }

  /**
   * SQLite waits for nobody here: two that open a new file at the same time would wait for each
   * other.
   */
  private static void useWriteAheadLog(Connection connection, Duration busyTimeout)
      throws SQLException {
    long start = System.nanoTime();
    try (Statement statement = connection.createStatement()) {
      while (true) {
        try {
          statement.execute("PRAGMA journal_mode = WAL");
          return;
        } catch (SQLException e) {
          if (!SqliteFailures.isBusy(e)
              || System.nanoTime() - start > busyTimeout.toNanos()
              || Thread.currentThread().isInterrupted()) {
            throw e;
          }
          LockSupport.parkNanos(BUSY_PAUSE.toNanos());
        }
      }
    }
  }

  /** Reads the whole file once (about a second for a gigabyte): better at start than in a call. */
  private static void requireSound(Connection connection)
      throws SQLException, Schema.UnusableFileException {
    try (Statement statement = connection.createStatement();
        var row = statement.executeQuery("PRAGMA quick_check(1)")) {
      String verdict = row.getString(1);
      if (!verdict.equals("ok")) {
        throw new Schema.UnusableFileException("damaged: " + verdict);
      }
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new UnavailableException("speaker store is closed");
    }
  }

  private void closeWriter() {
    Connection connection = writer;
    writer = null;
    if (connection != null) {
      closeQuietly(connection);
    }
  }

  private void closeWatcher() {
    Connection connection = watcher;
    watcher = null;
    dataVersion = null;
    if (connection != null) {
      closeQuietly(connection);
    }
  }

  private static void closeQuietly(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      log.warn("Connection to the speaker store was not closed", e);
    }
  }

  private static UnavailableException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new UnavailableException("interrupted while waiting for the speaker store", e);
  }
}
