-- What the last search of a dataset for mislabelled photos found, and in which version of it.
CREATE TABLE searches (
    dataset_id INTEGER PRIMARY KEY REFERENCES datasets (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    suspects TEXT NOT NULL
) STRICT;
