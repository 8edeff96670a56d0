-- A chat without a row uses the baseline; a row without a model means that it was deactivated.

CREATE TABLE chosen (
    id INTEGER PRIMARY KEY,
    model_id INTEGER REFERENCES models (id) ON DELETE CASCADE
) STRICT;
INSERT INTO chosen (id, model_id) SELECT id, model_id FROM chats;
DROP TABLE chats;
ALTER TABLE chosen RENAME TO chats;
CREATE INDEX chats_model ON chats (model_id);
