package io.mt2kd.gateway.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The schema and its migrations.
 *
 * <p>SQLite keeps two integers in the header of a file: {@code application_id} says whose file it
 * is, {@code user_version} how many of the scripts {@code schema-1.sql, schema-2.sql, …} it has
 * seen. A script that was released never changes. The version is read and the missing scripts are
 * run in one write transaction: two processes that open a new file at once cannot both create it,
 * and a crash leaves the old version whole. A library for migrations would open connections of its
 * own, outside that transaction, and by default lets a newer schema pass.
 */
final class Schema {
  /** "mt2k" in ASCII. */
  private static final int APPLICATION_ID = 0x6d74326b;

  static final int VERSION = 1;

  private Schema() {}

  /**
   * Reads, and writes nothing.
   *
   * @throws UnusableFileException when the file is not ours, or is of a newer gateway
   */
  static void requireOurs(Connection connection) throws SQLException, UnusableFileException {
    try (Statement statement = connection.createStatement()) {
      // One snapshot: between two reads another process may make a new file ours.
      statement.execute("BEGIN");
      try {
        version(statement);
      } finally {
        statement.execute("ROLLBACK");
      }
    }
  }

  /**
   * Brings the file to {@link #VERSION}.
   *
   * @throws UnusableFileException when the file is not ours, or is of a newer gateway
   */
  static void migrate(Connection writer) throws SQLException, UnusableFileException {
    try (Statement statement = writer.createStatement()) {
      statement.execute("BEGIN IMMEDIATE");
      try {
        int version = version(statement);
        for (int next = version + 1; next <= VERSION; next++) {
          statement.executeUpdate(script(next));
          statement.execute("PRAGMA user_version = " + next);
        }
        statement.execute("PRAGMA application_id = " + APPLICATION_ID);
        statement.execute("COMMIT");
      } catch (SQLException | UnusableFileException | RuntimeException e) {
        statement.execute("ROLLBACK");
        throw e;
      }
    }
  }

  private static int version(Statement statement) throws SQLException, UnusableFileException {
    int application = integer(statement, "PRAGMA application_id");
    boolean empty = integer(statement, "SELECT count(*) FROM sqlite_schema") == 0;
    if (application != APPLICATION_ID && !(application == 0 && empty)) {
      throw new UnusableFileException("a database of another application");
    }
    int version = integer(statement, "PRAGMA user_version");
    if (version > VERSION) {
      throw new UnusableFileException(
          "schema version "
              + version
              + " (expected: at most "
              + VERSION
              + "); it was written by a newer gateway");
    }
    return version;
  }

  private static int integer(Statement statement, String query) throws SQLException {
    try (var row = statement.executeQuery(query)) {
      return row.getInt(1);
    }
  }

  private static String script(int version) {
    String name = "schema-" + version + ".sql";
    try (InputStream script = Schema.class.getResourceAsStream(name)) {
      if (script == null) {
        throw new IllegalStateException("resource " + name + " is missing");
      }
      return new String(script.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The file holds something that this gateway must not touch. */
  static final class UnusableFileException extends Exception {
    private static final long serialVersionUID = 1;

    UnusableFileException(String message) {
      super(message);
    }
  }
}
