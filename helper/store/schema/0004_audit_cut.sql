-- What retention took from the oldest end of a node's audit trail: rows first to last, one row here for each
-- day on which something was cut. mac: the MAC of row last, where the chain goes on.
CREATE TABLE audit_cut (
    node_id  TEXT    NOT NULL,
    first    INTEGER NOT NULL,
    last     INTEGER NOT NULL,
    mac      BLOB    NOT NULL,
    cut_at   INTEGER NOT NULL,
    key_id   INTEGER NOT NULL,
    cut_mac  BLOB    NOT NULL,
    PRIMARY KEY (node_id, first)
);
