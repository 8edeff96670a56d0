-- People who are not served. Not of `users`: a banned person who deletes their data stays banned.
CREATE TABLE bans (user_id INTEGER PRIMARY KEY, at TEXT NOT NULL) STRICT;
