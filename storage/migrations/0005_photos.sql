-- A photo is content with an owner; an example is a photo under a class in a dataset; an edit changes
-- examples. A dataset's version is the number of its last edit.

CREATE TABLE photos (
    id INTEGER PRIMARY KEY,
    owner_id INTEGER NOT NULL REFERENCES users (id),
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
    perceptual_hash TEXT NOT NULL,
    colours TEXT NOT NULL,
    -- the digest that names the group of near duplicates; '' where nothing was compared yet
    twins TEXT NOT NULL,
    -- since when no example names it
    released_at TEXT,
    UNIQUE (owner_id, sha256)
) STRICT;
CREATE INDEX photos_twins ON photos (owner_id, twins);
CREATE INDEX photos_released ON photos (released_at) WHERE released_at IS NOT NULL;

CREATE TABLE examples (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    dataset_id INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    photo_id INTEGER NOT NULL REFERENCES photos (id),
    label TEXT NOT NULL,
    name TEXT NOT NULL,
    origin TEXT NOT NULL,
    is_test INTEGER NOT NULL,
    added_in INTEGER NOT NULL
) STRICT;
CREATE INDEX examples_label ON examples (dataset_id, label);
CREATE INDEX examples_added ON examples (dataset_id, added_in);
CREATE INDEX examples_test ON examples (dataset_id) WHERE is_test = 1;
CREATE INDEX examples_photo ON examples (photo_id);

CREATE TRIGGER examples_deleted AFTER DELETE ON examples BEGIN
    UPDATE photos SET released_at = strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')
    WHERE id = OLD.photo_id AND NOT EXISTS (SELECT 1 FROM examples WHERE photo_id = OLD.photo_id);
END;
CREATE TRIGGER examples_inserted AFTER INSERT ON examples BEGIN
    UPDATE photos SET released_at = NULL WHERE id = NEW.photo_id AND released_at IS NOT NULL;
END;

CREATE TABLE edits (
    dataset_id INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    by_id INTEGER NOT NULL,
    at TEXT NOT NULL,
    changed INTEGER NOT NULL,
    -- 1: taken back, or can't be taken back
    closed INTEGER NOT NULL DEFAULT 0,
    -- the other dataset's edit of a move
    other_dataset_id INTEGER,
    other_number INTEGER,
    -- of a reading: what it left out and what it noted, as JSON, and its seconds
    skipped TEXT,
    notes TEXT,
    seconds REAL,
    PRIMARY KEY (dataset_id, number)
) STRICT;
CREATE INDEX edits_open ON edits (dataset_id, number) WHERE closed = 0;

-- An example as it was before an edit changed, moved or removed it; those that the edit added have its
-- number. Later rows of an example have larger rowids, whatever dataset it was in.
CREATE TABLE changes (
    dataset_id INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    example_id INTEGER NOT NULL,
    photo_id INTEGER NOT NULL REFERENCES photos (id),
    label TEXT NOT NULL,
    name TEXT NOT NULL,
    origin TEXT NOT NULL,
    is_test INTEGER NOT NULL,
    added_in INTEGER NOT NULL,
    PRIMARY KEY (dataset_id, number, example_id)
) STRICT;
CREATE INDEX changes_photo ON changes (photo_id);
CREATE INDEX changes_example ON changes (example_id);

-- Photos whose rows are gone, and what was computed from them is still to be deleted.
CREATE TABLE erasures (
    owner_id INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (owner_id, sha256)
) STRICT;

-- Which folder of files this database belongs to; has_folder: 1 once it is known that it has one. The
-- database of version 0.1.0 has the folder that it lies in; an empty one may lie where another was lost.
CREATE TABLE identity (id TEXT NOT NULL, has_folder INTEGER NOT NULL) STRICT;
INSERT INTO identity (id, has_folder)
SELECT lower(hex(randomblob(16))), EXISTS (SELECT 1 FROM users);

-- Version 0.1.0 kept photos inside the ZIPs that they came in. The next opening takes them out.
CREATE TABLE entries (
    photo_id INTEGER PRIMARY KEY REFERENCES photos (id) ON DELETE CASCADE,
    source TEXT NOT NULL,
    entry INTEGER NOT NULL
) STRICT;
CREATE INDEX entries_source ON entries (source);

INSERT OR IGNORE INTO photos (owner_id, sha256, bytes, width, height, mean_red, mean_green,
    mean_blue, std_red, std_green, std_blue, perceptual_hash, colours, twins)
SELECT owner_id, sha256, bytes, width, height, mean_red, mean_green,
    mean_blue, std_red, std_green, std_blue, perceptual_hash, '', ''
FROM image_records JOIN datasets ON datasets.id = dataset_id ORDER BY image_records.id;

INSERT OR IGNORE INTO entries (photo_id, source, entry)
SELECT photos.id, source, entry
FROM image_records
JOIN datasets ON datasets.id = dataset_id
JOIN photos ON photos.owner_id = datasets.owner_id AND photos.sha256 = image_records.sha256
ORDER BY image_records.id;

INSERT INTO examples (dataset_id, photo_id, label, name, origin, is_test, added_in)
SELECT dataset_id, photos.id, label, image_records.name, 'archive', 0, datasets.version
FROM image_records
JOIN datasets ON datasets.id = dataset_id
JOIN photos ON photos.owner_id = datasets.owner_id AND photos.sha256 = image_records.sha256
ORDER BY image_records.id;

INSERT INTO edits (dataset_id, number, kind, by_id, at, changed, closed, skipped, notes, seconds)
SELECT id, version, 'add', owner_id, updated_at,
    (SELECT count(*) FROM examples WHERE dataset_id = datasets.id), 1,
    json_extract(description, '$.skipped'), '[]', json_extract(description, '$.seconds')
FROM datasets;

DROP TABLE image_records;
ALTER TABLE datasets DROP COLUMN description;
