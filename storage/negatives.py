"""Negatives: photos of a dataset that are none of its classes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

import aiosqlite

from storage.database import Database
from storage.edits import keep_before

_OF_PHOTOS = """
    SELECT examples.id FROM examples JOIN photos ON photos.id = photo_id
    WHERE dataset_id = ? AND sha256 IN (SELECT value FROM json_each(?))
"""
_INSERT = """
    INSERT OR IGNORE INTO negatives (dataset_id, photo_id, added_in)
    SELECT ?2, id, ?3 FROM photos
    WHERE owner_id = ?1 AND sha256 IN (SELECT value FROM json_each(?4))
"""
# Taught since, a photo is of the class that it was taught as.
_SELECT = """
    SELECT sha256 FROM negatives JOIN photos ON photos.id = photo_id
    WHERE dataset_id = ? AND NOT EXISTS (SELECT 1 FROM examples
        WHERE examples.dataset_id = negatives.dataset_id AND examples.photo_id = negatives.photo_id)
    ORDER BY added_in, sha256
"""


async def add_negatives(
    connection: aiosqlite.Connection,
    owner_id: int,
    dataset_id: int,
    number: int,
    digests: Sequence[str],
) -> int:
    """Within a transaction of the caller's: the photos become negatives by edit `number`, and are of no class
    any more. Returns how many examples and negatives changed."""
    listed = json.dumps([*digests])
    rows = await connection.execute_fetchall(_OF_PHOTOS, (dataset_id, listed))
    ids = json.dumps([row[0] for row in rows])
    await keep_before(connection, dataset_id, number, ids)
    # Before the examples are deleted: the photos are named by one or the other at all times.
    added = await connection.execute(_INSERT, (owner_id, dataset_id, number, listed))
    await connection.execute(
        "DELETE FROM examples WHERE id IN (SELECT value FROM json_each(?))", (ids,)
    )
    return max(added.rowcount, len(list(rows)))


async def negatives_of(database: Database, dataset_id: int) -> tuple[str, ...]:
    """The digests of the dataset's negatives, in the order in which they came."""
    return await database.fetch(_digest, _SELECT, (dataset_id,))


def _digest(row: sqlite3.Row) -> str:
    return str(row["sha256"])
