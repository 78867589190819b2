CREATE TABLE speakers (
  tenant            TEXT    NOT NULL CHECK (length(tenant) BETWEEN 1 AND 128),
  speaker_id        TEXT    NOT NULL CHECK (length(speaker_id) BETWEEN 1 AND 128),
  uid               TEXT    NOT NULL UNIQUE CHECK (length(uid) = 36),
  display_name      TEXT    NOT NULL,
  create_time_micros INTEGER NOT NULL, -- since 1970-01-01 UTC
  update_time_micros INTEGER NOT NULL,
  PRIMARY KEY (tenant, speaker_id)     -- BINARY collation; ids are ASCII, so this is also the order of UTF-16
) STRICT, WITHOUT ROWID;

CREATE TABLE speaker_references (
  uid                TEXT    NOT NULL REFERENCES speakers (uid) ON DELETE CASCADE,
  ordinal            INTEGER NOT NULL CHECK (ordinal >= 0), -- order of enrollment, from 0
  model_fingerprint  TEXT    NOT NULL,
  speech_micros      INTEGER NOT NULL CHECK (speech_micros >= 0),
  create_time_micros INTEGER NOT NULL,
  voiceprint         BLOB    NOT NULL CHECK (length(voiceprint) > 0 AND length(voiceprint) % 4 = 0), -- float32, little-endian
  PRIMARY KEY (uid, ordinal)
) STRICT;
