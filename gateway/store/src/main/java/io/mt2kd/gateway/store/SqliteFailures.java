package io.mt2kd.gateway.store;

import io.mt2kd.gateway.core.failure.GatewayException;
import io.mt2kd.gateway.core.failure.InternalException;
import io.mt2kd.gateway.core.failure.UnavailableException;
import java.sql.SQLException;
import org.sqlite.SQLiteErrorCode;

/** What a failure of SQLite means to a caller; SQLite's own words stay in the cause. */
final class SqliteFailures {
  /** Extended result codes carry the primary one in their lowest byte. */
  private static final int PRIMARY_CODE = 0xff;

  private SqliteFailures() {}

  /** Whether somebody else has the file. */
  static boolean isBusy(SQLException e) {
    return primaryCode(e) == SQLiteErrorCode.SQLITE_BUSY;
  }

  private static SQLiteErrorCode primaryCode(SQLException e) {
    return SQLiteErrorCode.getErrorCode(e.getErrorCode() & PRIMARY_CODE);
  }

  static GatewayException of(SQLException e) {
    return switch (primaryCode(e)) {
      // What an operator or time can mend: the same call may succeed later.
      case SQLITE_BUSY, SQLITE_LOCKED -> new UnavailableException("speaker store is busy", e);
      case SQLITE_FULL -> new UnavailableException("speaker store is out of space", e);
      case SQLITE_READONLY, SQLITE_PERM ->
          new UnavailableException("speaker store is read-only", e);
      case SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_NOMEM ->
          new UnavailableException("speaker store cannot reach its file", e);
      case SQLITE_CORRUPT, SQLITE_NOTADB -> new InternalException("speaker store is damaged", e);
      default -> new InternalException("speaker store failed", e);
    };
  }
}
