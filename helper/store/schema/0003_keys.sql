-- Keys that cannot be made anew when the master key is: what they made cannot be made again without the
-- secret. Sealed under a key that derives from the master key. purpose: 'look-up' and 'number', the digests of
-- recovery codes and numbers, of_key_id 0; 'audit': the trail's key while of_key_id was the master key.
CREATE TABLE kept_key (
    purpose   TEXT    NOT NULL,
    of_key_id INTEGER NOT NULL,
    key_id    INTEGER NOT NULL,
    sealed    BLOB    NOT NULL,
    PRIMARY KEY (purpose, of_key_id)
);

-- A database of before has digests under keys that derive from its master key: empty stands for that.
INSERT INTO kept_key SELECT 'look-up', 0, key_id, '' FROM installation;
INSERT INTO kept_key SELECT 'number', 0, key_id, '' FROM installation;

-- At most one row: a rotation of the master key that has not ended. key_check proves the new key.
CREATE TABLE key_rotation (
    id        INTEGER PRIMARY KEY,
    key_id    INTEGER NOT NULL,
    key_check BLOB    NOT NULL,
    began_at  INTEGER NOT NULL,
    rows      INTEGER NOT NULL
);
