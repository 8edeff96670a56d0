-- Updates that the library cannot parse, as Telegram sent them, for the operator.
-- Pseudo-users (anonymous admins, channels, Telegram itself) stand for many people: nothing is kept for them.

CREATE TABLE unreadable_updates (
    id INTEGER PRIMARY KEY,
    body TEXT NOT NULL,
    received_at TEXT NOT NULL
) STRICT;

DELETE FROM users WHERE id IN (1087968824, 136817688, 777000);
