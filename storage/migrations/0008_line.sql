-- A user's uploads wait in line for one another, so several of a kind may be unfinished.
DROP INDEX jobs_running;
CREATE INDEX jobs_running ON jobs (owner_id, kind) WHERE state IN ('queued', 'running');
