-- 1: the model has, or had, links. They are made unasked once: those that were revoked don't come back.
ALTER TABLE models ADD COLUMN was_shared INTEGER NOT NULL DEFAULT 0;
UPDATE models SET was_shared = 1 WHERE id IN (SELECT model_id FROM links);
