-- Photos that their owner said are none of a dataset's classes. A photo that is one of its examples, too, is
-- of that example's class: it was taught since.
CREATE TABLE negatives (
    dataset_id INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    photo_id INTEGER NOT NULL REFERENCES photos (id),
    -- the number of the edit, which says by whom and when
    added_in INTEGER NOT NULL,
    PRIMARY KEY (dataset_id, photo_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX negatives_photo ON negatives (photo_id);
CREATE INDEX negatives_added ON negatives (dataset_id, added_in);

-- A photo is released once neither an example nor a negative names it.
DROP TRIGGER examples_deleted;
CREATE TRIGGER examples_deleted AFTER DELETE ON examples BEGIN
    UPDATE photos SET released_at = strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')
    WHERE id = OLD.photo_id AND NOT EXISTS (SELECT 1 FROM examples WHERE photo_id = OLD.photo_id)
    AND NOT EXISTS (SELECT 1 FROM negatives WHERE photo_id = OLD.photo_id);
END;
CREATE TRIGGER negatives_deleted AFTER DELETE ON negatives BEGIN
    UPDATE photos SET released_at = strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')
    WHERE id = OLD.photo_id AND NOT EXISTS (SELECT 1 FROM examples WHERE photo_id = OLD.photo_id)
    AND NOT EXISTS (SELECT 1 FROM negatives WHERE photo_id = OLD.photo_id);
END;
CREATE TRIGGER negatives_inserted AFTER INSERT ON negatives BEGIN
    UPDATE photos SET released_at = NULL WHERE id = NEW.photo_id AND released_at IS NOT NULL;
END;
