-- A handled update stays until Telegram has confirmed that it will not send it again. attempts: how often a
-- later process took it up again; burst: the first update of those that are handled as one.
ALTER TABLE updates ADD COLUMN handled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE updates ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE updates ADD COLUMN burst INTEGER;

-- What was done for an update and must not be done again where the update is handled again after a crash:
-- messages that were sent, and changes. result: JSON, NULL while it is not known whether it was done.
CREATE TABLE steps (
    update_id INTEGER NOT NULL REFERENCES updates (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    after_id INTEGER NOT NULL DEFAULT 0,
    result TEXT,
    PRIMARY KEY (update_id, name)
) STRICT, WITHOUT ROWID;

-- The update that asked for a job, and the job's place among those that it asked for; what a done job made.
ALTER TABLE jobs ADD COLUMN update_id INTEGER REFERENCES updates (id) ON DELETE SET NULL;
ALTER TABLE jobs ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN result INTEGER;
CREATE UNIQUE INDEX jobs_asked_for ON jobs (update_id, place);

-- The largest number of a message that is known: of each supergroup, and under 0 of all other chats.
CREATE TABLE last_messages (counter INTEGER PRIMARY KEY, message_id INTEGER NOT NULL) STRICT;
