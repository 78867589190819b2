package io.mt2kd.gateway.store;

import io.mt2kd.gateway.core.failure.InternalException;
import io.mt2kd.gateway.core.speaker.Reference;
import io.mt2kd.gateway.core.speaker.Speaker;
import io.mt2kd.gateway.core.speaker.SpeakerId;
import io.mt2kd.gateway.core.speaker.TenantId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The SQL: speakers to rows and back. Every reading is one statement, so that it sees a speaker and
 * its references in one state.
 */
final class SpeakerTable {
  private static final String SELECT =
      """
      SELECT s.speaker_id, s.uid, s.display_name,
          s.create_time_micros AS speaker_create, s.update_time_micros AS speaker_update,
          r.model_fingerprint, r.speech_micros, r.create_time_micros, r.voiceprint
      FROM (%s) s LEFT JOIN speaker_references r ON r.uid = s.uid
      ORDER BY s.speaker_id, r.ordinal""";
  private static final String FIND =
      SELECT.formatted("SELECT * FROM speakers WHERE tenant = ? AND speaker_id = ?");
  private static final String LIST =
      SELECT.formatted(
          "SELECT * FROM speakers WHERE tenant = ? AND speaker_id > ? ORDER BY speaker_id LIMIT ?");

  private static final String ERASE = "DELETE FROM speakers WHERE uid = ?";
  private static final String UPSERT =
      """
      INSERT INTO speakers
          (tenant, speaker_id, uid, display_name, create_time_micros, update_time_micros)
      VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (tenant, speaker_id) DO UPDATE SET display_name = excluded.display_name,
          create_time_micros = excluded.create_time_micros,
          update_time_micros = excluded.update_time_micros""";
  private static final String ERASE_REFERENCES =
      "DELETE FROM speaker_references WHERE uid = ? AND ordinal >= ?";
  private static final String INSERT_REFERENCE =
      """
      INSERT INTO speaker_references
          (uid, ordinal, model_fingerprint, speech_micros, create_time_micros, voiceprint)
      VALUES (?, ?, ?, ?, ?, ?)""";

  private SpeakerTable() {}

  static Optional<Speaker> find(Connection connection, TenantId tenant, SpeakerId id)
      throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(FIND)) {
      query.setString(1, tenant.value());
      query.setString(2, id.value());
      return read(tenant, query).stream().findFirst();
    }
  }

  static List<Speaker> list(Connection connection, TenantId tenant, String after, int limit)
      throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(LIST)) {
      query.setString(1, tenant.value());
      query.setString(2, after);
      query.setInt(3, limit);
      return read(tenant, query);
    }
  }

  /** Removes the speaker with its references. */
  static void erase(Connection connection, Speaker speaker) throws SQLException {
    execute(connection, ERASE, speaker.uid().toString());
  }

  /**
   * Writes a speaker in place of what was there; references that both begin with stay untouched.
   *
   * @return whether references were erased
   */
  static boolean replace(Connection connection, Optional<Speaker> before, Speaker after)
      throws SQLException {
    boolean sameSpeaker = before.map(Speaker::uid).filter(after.uid()::equals).isPresent();
    if (before.isPresent() && !sameSpeaker) {
      erase(connection, before.get());
    }
    execute(
        connection,
        UPSERT,
        after.tenant().value(),
        after.id().value(),
        after.uid().toString(),
        after.displayName(),
        Microseconds.of(after.createTime()),
        Microseconds.of(after.updateTime()));
    List<Reference> old = before.map(Speaker::references).orElse(List.of());
    int kept = sameSpeaker ? commonPrefix(old, after.references()) : 0;
    if (sameSpeaker && kept < old.size()) {
      execute(connection, ERASE_REFERENCES, after.uid().toString(), kept);
    }
    for (int ordinal = kept; ordinal < after.references().size(); ordinal++) {
      Reference reference = after.references().get(ordinal);
      execute(
          connection,
          INSERT_REFERENCE,
          after.uid().toString(),
          ordinal,
          reference.modelFingerprint(),
          Microseconds.of(reference.speech()),
          Microseconds.of(reference.createTime()),
          VoiceprintBytes.encode(reference.voiceprint()));
    }
    return kept < old.size();
  }

  private static int commonPrefix(List<Reference> a, List<Reference> b) {
    int length = 0;
    while (length < Math.min(a.size(), b.size()) && a.get(length).equals(b.get(length))) {
      length++;
    }
    return length;
  }

  private static void execute(Connection connection, String sql, Object... arguments)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < arguments.length; i++) {
        statement.setObject(i + 1, arguments[i]);
      }
      statement.executeUpdate();
    }
  }

  private static List<Speaker> read(TenantId tenant, PreparedStatement query) throws SQLException {
    List<Speaker> speakers = new ArrayList<>();
    try (ResultSet rows = query.executeQuery()) {
      boolean more = rows.next();
      while (more) {
        String uid = rows.getString("uid");
        SpeakerId id = new SpeakerId(rows.getString("speaker_id"));
        String displayName = rows.getString("display_name");
        long createTime = rows.getLong("speaker_create");
        long updateTime = rows.getLong("speaker_update");
        List<Reference> references = new ArrayList<>();
        do {
          references.add(reference(rows));
          more = rows.next();
        } while (more && rows.getString("uid").equals(uid));
        speakers.add(
            new Speaker(
                tenant,
                id,
                UUID.fromString(uid),
                displayName,
                references,
                Microseconds.toInstant(createTime),
                Microseconds.toInstant(updateTime)));
      }
    } catch (RuntimeException e) {
      // The schema's checks forbid it, so somebody else has written to the file.
      throw new InternalException("speaker store is damaged", e);
    }
    return speakers;
  }

  private static Reference reference(ResultSet row) throws SQLException {
    byte[] voiceprint = row.getBytes("voiceprint");
    if (voiceprint == null) {
      throw new IllegalStateException("speaker without references");
    }
    return new Reference(
        VoiceprintBytes.decode(voiceprint),
        row.getString("model_fingerprint"),
        Microseconds.toDuration(row.getLong("speech_micros")),
        Microseconds.toInstant(row.getLong("create_time_micros")));
  }
}
