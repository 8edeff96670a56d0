-- A dataset that is taught in the chat has one live model, which is replaced each time it is trained.
ALTER TABLE models ADD COLUMN live INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX models_live ON models (dataset_id) WHERE live = 1;

-- A dataset of corrections to the baseline: its live model knows what the baseline was taught, too.
ALTER TABLE datasets ADD COLUMN extends_baseline INTEGER NOT NULL DEFAULT 0;

-- What is being taught in the private chat, as the chat layer's JSON.
ALTER TABLE users ADD COLUMN teaching TEXT;
