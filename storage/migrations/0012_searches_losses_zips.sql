-- What the last search of a dataset for mislabelled photos found, and in which version of it.
CREATE TABLE searches (
    dataset_id INTEGER PRIMARY KEY REFERENCES datasets (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    suspects TEXT NOT NULL
) STRICT;

-- The name of the model that a chat used until it was deleted: the chat has the baseline again, and is told so.
ALTER TABLE chats ADD COLUMN lost TEXT;
CREATE TRIGGER models_lost BEFORE DELETE ON models BEGIN
    UPDATE chats SET model_id = NULL, lost = OLD.name WHERE model_id = OLD.id;
END;

-- A live model is deleted with its dataset from now on. Those that were left behind follow nothing.
UPDATE models SET live = 0 WHERE live = 1 AND dataset_id IS NULL;

-- The user's ZIPs that wait for an answer, or to be read, as the chat layer's JSON.
ALTER TABLE users ADD COLUMN zips TEXT;
