-- Moments are ISO 8601 in UTC, nested entities are JSON, files are named by their SHA-256.
-- AUTOINCREMENT: a button of an old message must never reach a newer row that took the same number.

CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    language TEXT NOT NULL,
    dataset_id INTEGER REFERENCES datasets (id) ON DELETE SET NULL,
    question TEXT
) STRICT;
CREATE INDEX users_dataset ON users (dataset_id);

CREATE TABLE datasets (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    owner_id INTEGER NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    version INTEGER NOT NULL,
    description TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    sheet TEXT,
    UNIQUE (owner_id, name_key)
) STRICT;
CREATE INDEX datasets_sheet ON datasets (sheet);

CREATE TABLE image_records (
    id INTEGER PRIMARY KEY,
    dataset_id INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    source TEXT NOT NULL,
    entry INTEGER NOT NULL,
    name TEXT NOT NULL,
    label TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    mean_red REAL NOT NULL,
    mean_green REAL NOT NULL,
    mean_blue REAL NOT NULL,
    std_red REAL NOT NULL,
    std_green REAL NOT NULL,
    std_blue REAL NOT NULL,
    perceptual_hash TEXT NOT NULL
) STRICT;
CREATE INDEX image_records_dataset ON image_records (dataset_id);
CREATE INDEX image_records_source ON image_records (source);

CREATE TABLE models (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    owner_id INTEGER NOT NULL REFERENCES users (id),
    dataset_id INTEGER REFERENCES datasets (id) ON DELETE SET NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    file TEXT NOT NULL,
    card TEXT NOT NULL,
    created_at TEXT NOT NULL,
    UNIQUE (owner_id, name_key)
) STRICT;
CREATE INDEX models_dataset ON models (dataset_id);
CREATE INDEX models_file ON models (file);

CREATE TABLE chats (
    id INTEGER PRIMARY KEY,
    model_id INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX chats_model ON chats (model_id);

CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    owner_id INTEGER NOT NULL REFERENCES users (id),
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    chat_id INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    ended_at TEXT,
    error TEXT
) STRICT;
CREATE UNIQUE INDEX jobs_running ON jobs (owner_id, kind) WHERE state IN ('queued', 'running');

CREATE TABLE updates (
    id INTEGER PRIMARY KEY,
    body TEXT NOT NULL
) STRICT;
