-- Updates that the library cannot parse, as Telegram sent them, for the operator.

CREATE TABLE unreadable_updates (
    id INTEGER PRIMARY KEY,
    body TEXT NOT NULL,
    received_at TEXT NOT NULL
) STRICT;
