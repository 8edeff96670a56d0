"""Photos: their rows."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import aiosqlite

from core import sealed
from core.entities import Reading
from core.sealed import Key

# In the order of the listing that workers write and read (`core.datasets.listing`).
LISTED = (
    *("id", "label", "name", "origin", "is_test", "added_in"),
    *("sha256", "bytes", "width", "height"),
    *("mean_red", "mean_green", "mean_blue", "std_red", "std_green", "std_blue"),
    *("perceptual_hash", "colours", "twins"),
)
_CONTENT = ", ".join(LISTED[6:])

_STATEMENTS = (
    f"CREATE TEMP TABLE IF NOT EXISTS incoming ({', '.join(LISTED)})",
    "CREATE TEMP TABLE IF NOT EXISTS regrouped (sha256, twins)",
    "CREATE INDEX IF NOT EXISTS temp.regrouped_sha256 ON regrouped (sha256)",
    "DELETE FROM incoming",
    "DELETE FROM regrouped",
)
_INSERT_INCOMING = f"INSERT INTO incoming VALUES ({', '.join('?' * len(LISTED))})"
_INSERT_PHOTOS = f"""
    INSERT INTO photos (owner_id, {_CONTENT})
    SELECT ?1, {_CONTENT} FROM incoming WHERE true
    ON CONFLICT (owner_id, sha256)
    DO UPDATE SET colours = excluded.colours WHERE photos.colours = ''
"""
# The dataset may have changed since the archive was compared with it: what is there is not doubled,
# and a class that was given by hand meanwhile stays.
# CROSS JOIN: the planner knows nothing of the temporary tables' size, and would look through them for
# every photo (37 000 photos: 170 s).
_INSERT_EXAMPLES = """
    INSERT INTO examples (dataset_id, photo_id, label, name, origin, is_test, added_in)
    SELECT ?2, photos.id, label, name, origin, is_test, ?3
    FROM incoming CROSS JOIN photos ON owner_id = ?1 AND photos.sha256 = incoming.sha256
    WHERE NOT EXISTS (
        SELECT 1 FROM examples AS there
        WHERE there.photo_id = photos.id AND there.dataset_id = ?2 AND there.added_in < ?3
        AND (there.label = incoming.label OR there.origin = 'hand'))
    ORDER BY incoming.rowid
"""
_NAME_GROUPS = """
    UPDATE photos SET twins = regrouped.twins FROM regrouped
    WHERE owner_id = ?1 AND photos.sha256 = regrouped.sha256 AND photos.twins = ''
"""
# Names of one group: the one that its photos have, and the one that they were found to have now.
_SAME_GROUPS = """
    SELECT DISTINCT photos.twins AS old, regrouped.twins AS new
    FROM regrouped CROSS JOIN photos ON owner_id = ?1 AND photos.sha256 = regrouped.sha256
    WHERE photos.twins <> regrouped.twins
"""


async def import_reading(
    connection: aiosqlite.Connection,
    owner_id: int,
    dataset_id: int,
    number: int,
    reading: Reading,
    key: Key | None,
) -> int:
    """Within a transaction of the caller's: the photos and examples of a reading, as edit `number`.
    Returns how many examples there were to add. key : see `import_photos`."""
    await import_photos(connection, owner_id, reading, key)
    added = await connection.execute(_INSERT_EXAMPLES, (owner_id, dataset_id, number))
    return added.rowcount


async def import_photos(
    connection: aiosqlite.Connection, owner_id: int, reading: Reading, key: Key | None
) -> None:
    """Within a transaction of the caller's: the photos of a reading.

    key : of the reading's listings, None where they are not sealed.

    Set by set, inside SQLite, from the files that the worker wrote: the process that talks to
    Telegram never holds the table.
    """
    for statement in _STATEMENTS:
        await connection.execute(statement)
    await connection.executemany(_INSERT_INCOMING, _rows(reading.examples, key))
    await connection.executemany(
        "INSERT INTO regrouped VALUES (?, ?)", _rows(reading.regrouped, key)
    )
    await connection.execute(_INSERT_PHOTOS, (owner_id,))
    await connection.execute("INSERT INTO regrouped SELECT DISTINCT sha256, twins FROM incoming")
    await _regroup(connection, owner_id)
    await connection.execute(
        "DELETE FROM erasures WHERE owner_id = ? AND sha256 IN (SELECT sha256 FROM incoming)",
        (owner_id,),
    )


async def _regroup(connection: aiosqlite.Connection, owner_id: int) -> None:
    """Groups of near duplicates go across the owner's datasets: found to be one, they get one name."""
    await connection.execute(_NAME_GROUPS, (owner_id,))
    pairs = await connection.execute_fetchall(_SAME_GROUPS, (owner_id,))
    for old, new in _renamed((old, new) for old, new in pairs):
        await connection.execute(
            "UPDATE photos SET twins = ?3 WHERE owner_id = ?1 AND twins = ?2", (owner_id, old, new)
        )


def _renamed(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Old and new name of each group, where pairs of names are known to mean one group.

    A name may be in several pairs, as old and as new: all that are linked get the same name.
    """
    members: dict[str, set[str]] = {}
    for pair in pairs:
        union = members.get(pair[0], {pair[0]}) | members.get(pair[1], {pair[1]})
        members.update(dict.fromkeys(union, union))
    names = {name: min(union) for name, union in members.items()}
    return [(old, new) for old, new in names.items() if old != new]


def digests_of(reading: Reading, key: Key | None) -> list[str]:
    """The digests of the photos that the reading lists. key : see `import_photos`."""
    return [str(row[LISTED.index("sha256")]) for row in _rows(reading.examples, key)]


def _rows(path: str, key: Key | None) -> Iterator[list[object]]:
    for line in sealed.read(Path(path), key).splitlines():
        yield json.loads(line)


def sync_folder(folder: Path) -> None:
    """Returns once the folder's entries are on the disk."""
    if os.name != "posix":  # elsewhere a folder cannot be opened, and renames are the journal's
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
