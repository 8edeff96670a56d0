"""The edit that an undo would take back, with what it changed."""

from __future__ import annotations

import json
import sqlite3

from core.entities import LastEdit
from storage.database import Database
from storage.edits import edit_of

_BY_CLASS = "SELECT json_group_array(json_array(label, n)) FROM (SELECT label, count(*) AS n FROM {} GROUP BY label)"
_BEFORE = _BY_CLASS.format("changes WHERE dataset_id = edits.dataset_id AND number = edits.number")
_AFTER = _BY_CLASS.format(
    """examples WHERE dataset_id = edits.dataset_id AND (added_in = edits.number OR id IN (
        SELECT example_id FROM changes
        WHERE changes.dataset_id = edits.dataset_id AND changes.number = edits.number))"""
)


async def last_edit(database: Database, dataset_id: int) -> LastEdit | None:
    """None where no edit of the dataset can be taken back."""
    found = await database.fetch(
        _last_edit,
        f"SELECT *, ({_BEFORE}) AS before, ({_AFTER}) AS after FROM edits"
        " WHERE dataset_id = ? AND closed = 0 ORDER BY number DESC LIMIT 1",
        (dataset_id,),
    )
    return found[0] if found else None


def _last_edit(row: sqlite3.Row) -> LastEdit:
    return LastEdit(edit_of(row), dict(json.loads(row["before"])), dict(json.loads(row["after"])))
