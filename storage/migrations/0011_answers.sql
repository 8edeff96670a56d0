-- What was answered to photos, as the chat layer's JSON: the buttons under an answer name it.
-- AUTOINCREMENT: a button of an old message must never reach a newer answer that took the same number.
CREATE TABLE answers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    chat_id INTEGER NOT NULL,
    said TEXT NOT NULL
) STRICT;
CREATE INDEX answers_chat ON answers (chat_id, id);

-- The message that asked for an undoing: one that is handled again after a crash undoes nothing more.
ALTER TABLE edits ADD COLUMN request INTEGER;
CREATE INDEX edits_request ON edits (by_id, request) WHERE request IS NOT NULL;
