-- The key of each owner's files, encrypted with the master key. It goes with its owner.

CREATE TABLE owner_keys (
    owner_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    wrapped BLOB NOT NULL
) STRICT;
