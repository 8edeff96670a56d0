-- Photos that people suggest for a class of somebody else's dataset; its owner accepts or refuses them. One row
-- per dataset, person, chat and class. chat_id: where they were suggested, 0 for nowhere that is to be told;
-- thread_id: the topic there.
-- asked: the message to the owner that asks.
CREATE TABLE suggestions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    dataset_id INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    person_id INTEGER NOT NULL,
    person_name TEXT NOT NULL,
    label TEXT NOT NULL,
    chat_id INTEGER NOT NULL,
    chat_title TEXT NOT NULL,
    thread_id INTEGER,
    asked INTEGER,
    UNIQUE (dataset_id, person_id, chat_id, label)
) STRICT;
CREATE INDEX suggestions_person ON suggestions (person_id);

-- file: the digest of the bytes, which are sealed with the key of the dataset's owner. message_id: in the chat.
CREATE TABLE suggested_photos (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    suggestion_id INTEGER NOT NULL REFERENCES suggestions (id) ON DELETE CASCADE,
    file TEXT NOT NULL,
    name TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    message_id INTEGER,
    at TEXT NOT NULL,
    UNIQUE (suggestion_id, file)
) STRICT;
CREATE INDEX suggested_photos_file ON suggested_photos (file);
CREATE INDEX suggested_photos_at ON suggested_photos (at);

-- People whose suggestions for a dataset are accepted at once.
CREATE TABLE trusts (
    dataset_id INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    person_id INTEGER NOT NULL,
    person_name TEXT NOT NULL,
    PRIMARY KEY (dataset_id, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX trusts_person ON trusts (person_id);

-- Whose suggestion a photo was; person_id is NULL once that person's data is deleted.
CREATE TABLE contributions (
    dataset_id INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    sha256 TEXT NOT NULL,
    person_id INTEGER,
    person_name TEXT NOT NULL,
    PRIMARY KEY (dataset_id, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX contributions_person ON contributions (person_id);

-- Groups that the bot is in, or was. dataset_id: the group's own set; owner_name: as its owner is shown there.
-- follows: 1 where its model answers as soon as there is one, 0 where another was chosen. is_open: 1 where everybody
-- chooses the model, 0 where admins do.
CREATE TABLE groups (
    id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    dataset_id INTEGER REFERENCES datasets (id) ON DELETE SET NULL,
    owner_name TEXT NOT NULL,
    follows INTEGER NOT NULL,
    is_open INTEGER NOT NULL
) STRICT;
CREATE INDEX groups_dataset ON groups (dataset_id);
