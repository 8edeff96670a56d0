-- Links by which an owner lets others use a model, or also take a copy of it. The token is kept as it is: its owner is
-- shown the link again, and who can read this encrypted database has the models themselves. copies: how many were taken.
CREATE TABLE links (
    model_id INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    token TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL,
    copies INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (model_id, kind)
) STRICT, WITHOUT ROWID;

-- Who uses a model by a link. Revoking the link ends it.
CREATE TABLE borrowed (
    user_id INTEGER NOT NULL REFERENCES users (id),
    model_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    since TEXT NOT NULL,
    PRIMARY KEY (user_id, model_id, kind),
    FOREIGN KEY (model_id, kind) REFERENCES links (model_id, kind) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX borrowed_link ON borrowed (model_id, kind);

-- Who chose a chat's model: the chat has it as long as that person may use it.
ALTER TABLE chats ADD COLUMN by_id INTEGER;
-- 1: the model whose name `lost` is was not deleted, but is not shared any more.
ALTER TABLE chats ADD COLUMN unshared INTEGER NOT NULL DEFAULT 0;
UPDATE chats SET by_id = (SELECT owner_id FROM models WHERE models.id = model_id);
CREATE TRIGGER borrowed_ended AFTER DELETE ON borrowed
WHEN NOT EXISTS (
    SELECT 1 FROM borrowed WHERE user_id = OLD.user_id AND model_id = OLD.model_id
) BEGIN
    UPDATE chats SET lost = (SELECT name FROM models WHERE id = OLD.model_id), model_id = NULL,
        by_id = NULL, unshared = 1
    WHERE model_id = OLD.model_id AND by_id = OLD.user_id;
END;

-- Of a copy, the message with the button that asked for it: one button makes one copy.
ALTER TABLE models ADD COLUMN copied_for INTEGER;
CREATE UNIQUE INDEX models_copied_for ON models (owner_id, copied_for) WHERE copied_for IS NOT NULL;
