-- Datasets whose owner allows their photos in the quizzes of a chat.
CREATE TABLE quiz_permissions (
    dataset_id INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    chat_id INTEGER NOT NULL,
    given_at TEXT NOT NULL,
    PRIMARY KEY (dataset_id, chat_id)
) STRICT, WITHOUT ROWID;

-- The quiz that runs in a chat. update_id : the update that asked for it, which is handled until the quiz is
-- over. is_scored : its points were counted.
CREATE TABLE quizzes (
    chat_id INTEGER PRIMARY KEY,
    update_id INTEGER NOT NULL,
    begun_at TEXT NOT NULL,
    is_scored INTEGER NOT NULL DEFAULT 0
) STRICT;

-- In the order in which they came. option: its number in the poll, from 0.
CREATE TABLE quiz_votes (
    id INTEGER PRIMARY KEY,
    poll_id TEXT NOT NULL,
    voter_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    option INTEGER NOT NULL,
    at TEXT NOT NULL,
    UNIQUE (poll_id, voter_id)
) STRICT;

-- Right answers of a chat's players. The bot plays as number 0.
CREATE TABLE quiz_scores (
    chat_id INTEGER NOT NULL,
    player_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    points INTEGER NOT NULL,
    PRIMARY KEY (chat_id, player_id)
) STRICT, WITHOUT ROWID;
