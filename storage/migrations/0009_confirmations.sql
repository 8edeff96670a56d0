-- Who looked at an example and said that its class is right: it is not suspected any more under this class.

CREATE TABLE confirmations (
    example_id INTEGER NOT NULL REFERENCES examples (id) ON DELETE CASCADE,
    label TEXT NOT NULL,
    PRIMARY KEY (example_id, label)
) STRICT, WITHOUT ROWID;
