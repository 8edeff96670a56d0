-- 0: a start interrupted the job and its user does not know yet. The index holds these few only.

ALTER TABLE jobs ADD COLUMN told INTEGER NOT NULL DEFAULT 1;
CREATE INDEX jobs_untold ON jobs (id) WHERE told = 0;
