-- The guess ledger of all people together: one row. points: "DAY POINTS" joined by ",", as in guess_points.
-- alarmed_day and spent_day: when its two alarms were raised last.
CREATE TABLE everybody (
    id          INTEGER PRIMARY KEY,
    points      TEXT    NOT NULL,
    alarmed_day INTEGER NOT NULL,
    spent_day   INTEGER NOT NULL,
    key_id      INTEGER NOT NULL,
    mac         BLOB    NOT NULL
);

-- Both are covered by the MAC of their row once they are set; 0 is what every row had before.
ALTER TABLE subscriber    ADD COLUMN succeeded_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE authenticator ADD COLUMN failures     INTEGER NOT NULL DEFAULT 0;
