-- A model's number is its owner's own: 1, 2, 3 …, each given once.

ALTER TABLE users ADD COLUMN models_made INTEGER NOT NULL DEFAULT 0;
ALTER TABLE models ADD COLUMN number INTEGER NOT NULL DEFAULT 0;

UPDATE models SET number = (
    SELECT COUNT(*) FROM models AS earlier
    WHERE earlier.owner_id = models.owner_id AND earlier.id <= models.id
);
UPDATE users SET models_made = (SELECT COUNT(*) FROM models WHERE owner_id = users.id);

CREATE UNIQUE INDEX models_number ON models (owner_id, number);
