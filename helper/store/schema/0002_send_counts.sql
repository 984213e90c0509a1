-- What was sent lately. kind and subject: 1 a keyed digest of the number, 2 the source, 3 the region of the
-- number, 4 the channel. steps: "FROM SENT TYPED-BACK" in Unix seconds and counts, joined by ",".
CREATE TABLE send_count (
    kind       INTEGER NOT NULL,
    subject    BLOB    NOT NULL,
    steps      TEXT    NOT NULL,
    alarmed_at INTEGER NOT NULL,
    last_at    INTEGER NOT NULL,
    key_id     INTEGER NOT NULL,
    mac        BLOB    NOT NULL,
    PRIMARY KEY (kind, subject)
);
CREATE INDEX send_count_by_age ON send_count (last_at);

-- A challenge knows what its message was counted for. Open ones are of conversations that ended with the
-- daemon that had them; their MACs know nothing of the new columns.
DELETE FROM challenge;
ALTER TABLE challenge ADD COLUMN sent_number BLOB    NOT NULL DEFAULT '';
ALTER TABLE challenge ADD COLUMN sent_source TEXT    NOT NULL DEFAULT '';
ALTER TABLE challenge ADD COLUMN sent_region TEXT    NOT NULL DEFAULT '';
ALTER TABLE challenge ADD COLUMN sent_at     INTEGER NOT NULL DEFAULT 0;
