-- What a person agreed to, and when they wrote last: an account that nobody uses is deleted.

ALTER TABLE users ADD COLUMN consent_version TEXT;
ALTER TABLE users ADD COLUMN consent_at TEXT;
-- The day of the last update; an account of before counts from the day of this migration.
ALTER TABLE users ADD COLUMN seen_on TEXT;
-- The day on which its user was told that it will be deleted.
ALTER TABLE users ADD COLUMN told_on TEXT;

UPDATE users SET seen_on = date('now');
