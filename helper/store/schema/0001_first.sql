-- One row: what this database is. key_check proves the master key; clean is 0 while a daemon has it open.
CREATE TABLE installation (
    id        INTEGER PRIMARY KEY,
    node_id   TEXT    NOT NULL,
    key_id    INTEGER NOT NULL,
    key_check BLOB    NOT NULL,
    clean     INTEGER NOT NULL
);

-- A person. uid is NULL after a reset: the tie of uid and name is made anew at the next enrolment.
-- The MAC covers the row, its guess_points and its sending; authenticators counts the rows bound to it.
CREATE TABLE subscriber (
    id                   INTEGER PRIMARY KEY AUTOINCREMENT,
    uid                  INTEGER UNIQUE,
    name                 TEXT    NOT NULL UNIQUE,
    authenticators       INTEGER NOT NULL,
    locked_by_desk       INTEGER NOT NULL,
    lock_reason          TEXT    NOT NULL,
    points_since_success INTEGER NOT NULL,
    consecutive_failures INTEGER NOT NULL,
    throttled_until      INTEGER NOT NULL,
    epoch                INTEGER NOT NULL,
    revision             INTEGER NOT NULL,
    key_id               INTEGER NOT NULL,
    mac                  BLOB    NOT NULL
);

-- The guess ledger: points spent on one day (days since 1970, UTC).
CREATE TABLE guess_points (
    subscriber_id INTEGER NOT NULL REFERENCES subscriber (id),
    day           INTEGER NOT NULL,
    points        INTEGER NOT NULL,
    PRIMARY KEY (subscriber_id, day)
);

-- Messages and calls of the last 24 hours whose codes did not come back.
CREATE TABLE sending (
    subscriber_id INTEGER NOT NULL REFERENCES subscriber (id),
    ordinal       INTEGER NOT NULL,
    channel       INTEGER NOT NULL,
    sent_at       INTEGER NOT NULL,
    PRIMARY KEY (subscriber_id, ordinal)
);

-- sealed: the TOTP key or the E.164 number. last_step: highest TOTP step ever accepted.
CREATE TABLE authenticator (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    subscriber_id INTEGER NOT NULL REFERENCES subscriber (id),
    kind          INTEGER NOT NULL,
    sealed        BLOB    NOT NULL,
    bound_at      INTEGER NOT NULL,
    last_step     INTEGER NOT NULL,
    key_id        INTEGER NOT NULL,
    mac           BLOB    NOT NULL,
    UNIQUE (subscriber_id, kind)
);

CREATE TABLE look_up_secret (
    subscriber_id INTEGER NOT NULL REFERENCES subscriber (id),
    digest        BLOB    NOT NULL,
    spent_at      INTEGER NOT NULL,
    key_id        INTEGER NOT NULL,
    mac           BLOB    NOT NULL,
    PRIMARY KEY (subscriber_id, digest)
);

-- A code that was sent out. state: 1 open, 2 spent or void.
CREATE TABLE challenge (
    id              BLOB    PRIMARY KEY,
    subscriber_id   INTEGER NOT NULL REFERENCES subscriber (id),
    kind            INTEGER NOT NULL,
    service         TEXT    NOT NULL,
    code_mac        BLOB    NOT NULL,
    tries           INTEGER NOT NULL,
    max_tries       INTEGER NOT NULL,
    state           INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    expires_at_boot INTEGER NOT NULL,
    boot_id         BLOB    NOT NULL,
    key_id          INTEGER NOT NULL,
    mac             BLOB    NOT NULL
);
CREATE INDEX challenge_of_subscriber ON challenge (subscriber_id);

CREATE TABLE trust (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    subscriber_id   INTEGER NOT NULL REFERENCES subscriber (id),
    device          BLOB    NOT NULL,
    label           TEXT    NOT NULL,
    scope           TEXT    NOT NULL,
    granted_at      INTEGER NOT NULL,
    last_used_at    INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    expires_at_boot INTEGER NOT NULL,
    boot_id         BLOB    NOT NULL,
    epoch           INTEGER NOT NULL,
    revoked         INTEGER NOT NULL,
    key_id          INTEGER NOT NULL,
    mac             BLOB    NOT NULL
);
CREATE INDEX trust_of_subscriber ON trust (subscriber_id, device);

CREATE TABLE notice (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    subscriber_id INTEGER NOT NULL REFERENCES subscriber (id),
    sentence      TEXT    NOT NULL
);
CREATE INDEX notice_of_subscriber ON notice (subscriber_id);

-- The audit trail: a chain for each node. The MAC of a row covers the row and the MAC before it.
CREATE TABLE audit (
    node_id  TEXT    NOT NULL,
    sequence INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    event    TEXT    NOT NULL,
    uid      INTEGER NOT NULL,
    name     TEXT    NOT NULL,
    actor    TEXT    NOT NULL,
    service  TEXT    NOT NULL,
    source   TEXT    NOT NULL,
    method   TEXT    NOT NULL,
    detail   TEXT    NOT NULL,
    key_id   INTEGER NOT NULL,
    mac      BLOB    NOT NULL,
    PRIMARY KEY (node_id, sequence)
);

-- The last link of each chain, signed by itself, so that rows cut off at the end are missed.
CREATE TABLE audit_head (
    node_id  TEXT    PRIMARY KEY,
    sequence INTEGER NOT NULL,
    mac      BLOB    NOT NULL,
    head_mac BLOB    NOT NULL
);
