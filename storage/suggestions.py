"""Suggestions: photos that wait for the owner of a dataset, and people whom the owner trusts.

The bytes are files of the owner's, sealed like all others; they come before the rows and go after them, with the lock
of the folders held.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime

import aiosqlite

from core import names
from core.entities import (
    Contribution,
    NewPhoto,
    Pending,
    Person,
    Place,
    SuggestedPhoto,
    Suggestion,
    SuggestionLimits,
)
from core.errors import FilesAway, SuggestionGone, TooManySuggested
from storage.clock import now
from storage.database import Database
from storage.datasets import Datasets
from storage.folders import NAMED_FILES, PhotoFolders

_SELECT = """
    SELECT suggestions.*, owner_id, count(*) AS photos, max(suggested_photos.id) AS last
    FROM suggestions JOIN datasets ON datasets.id = dataset_id
    JOIN suggested_photos ON suggestion_id = suggestions.id
"""
_PENDING = """
    SELECT count(*) AS photos, coalesce(sum(bytes), 0) AS bytes,
        count(*) FILTER (WHERE person_id = ?2) AS of_person
    FROM suggested_photos JOIN suggestions ON suggestions.id = suggestion_id
    JOIN datasets ON datasets.id = dataset_id WHERE owner_id = ?1
"""
_FILES = """
    SELECT owner_id, file AS digest FROM suggested_photos
    JOIN suggestions ON suggestions.id = suggestion_id JOIN datasets ON datasets.id = dataset_id
"""
_DELETE_EMPTY = (
    "DELETE FROM suggestions WHERE id NOT IN (SELECT suggestion_id FROM suggested_photos)"
)
_CREDIT = """
    INSERT OR IGNORE INTO contributions (dataset_id, sha256, person_id, person_name)
    SELECT ?1, value, ?2, ?3 FROM json_each(?4) WHERE NOT EXISTS (
        SELECT 1 FROM examples JOIN photos ON photos.id = photo_id
        WHERE dataset_id = ?1 AND sha256 = value)
"""
_CONTRIBUTIONS = """
    SELECT label, contributions.sha256 IS NOT NULL AS is_suggested, person_id,
        max(coalesce(person_name, '')) AS person_name, count(*) AS photos
    FROM examples JOIN photos ON photos.id = photo_id
    LEFT JOIN contributions ON contributions.dataset_id = examples.dataset_id
        AND contributions.sha256 = photos.sha256
    WHERE examples.dataset_id = ? GROUP BY label, is_suggested, person_id
"""

Named = tuple[int, str]
"""An owner, and the digest of a file of theirs."""

# What an account's end does to what the person suggested to others, and was trusted with.
FORGET_PERSON = (
    "DELETE FROM suggestions WHERE person_id = ?1",
    "DELETE FROM trusts WHERE person_id = ?1",
    "UPDATE contributions SET person_id = NULL, person_name = '' WHERE person_id = ?1",
)


class Suggestions:
    """Fulfils `core.ports.Suggestions`."""

    def __init__(self, database: Database, folders: PhotoFolders, datasets: Datasets) -> None:
        self._database = database
        self._folders = folders
        self._datasets = datasets

    async def add(
        self,
        owner_id: int,
        dataset_id: int,
        person: Person,
        label: str,
        photos: Sequence[NewPhoto],
        place: Place | None,
        limits: SuggestionLimits,
    ) -> Suggestion:
        await self._datasets.get(owner_id, dataset_id)
        paths = [photo.path for photo in photos]
        async with self._folders.sealed_files(owner_id, paths) as files, self._folders.lock:
            await self._folders.keep_files(owner_id, files)
            async with self._database.transaction() as connection:
                suggestion_id = await _find_or_insert(connection, dataset_id, person, label, place)
                await _insert_photos(connection, suggestion_id, photos)
                await _check_limits(connection, owner_id, person.id, limits)
        return await self.get(owner_id, suggestion_id)

    async def get(self, owner_id: int, suggestion_id: int) -> Suggestion:
        found = await self._database.fetch(
            _suggestion,
            f"{_SELECT} WHERE suggestions.id = ? AND owner_id = ? GROUP BY suggestions.id",
            (suggestion_id, owner_id),
        )
        if not found:
            raise SuggestionGone
        return found[0]

    async def list(self, owner_id: int) -> tuple[Suggestion, ...]:
        return await self._database.fetch(
            _suggestion,
            f"{_SELECT} WHERE owner_id = ? GROUP BY suggestions.id ORDER BY suggestions.id",
            (owner_id,),
        )

    async def photos(
        self, owner_id: int, suggestion_id: int, last: int | None = None
    ) -> tuple[SuggestedPhoto, ...]:
        await self.get(owner_id, suggestion_id)
        return await self._database.fetch(
            _photo,
            "SELECT * FROM suggested_photos WHERE suggestion_id = ?1"
            " AND (?2 IS NULL OR id <= ?2) ORDER BY id",
            (suggestion_id, last),
        )

    async def remove(self, owner_id: int, suggestion_id: int, photo_ids: Sequence[int]) -> None:
        chosen = (
            "suggestion_id = ?2 AND suggested_photos.id IN (SELECT value FROM json_each(?3))"
            " AND owner_id = ?1"
        )
        await self._delete(chosen, (owner_id, suggestion_id, json.dumps([*photo_ids])))

    async def set_asked(self, owner_id: int, suggestion_id: int, message_id: int) -> None:
        await self._database.execute(
            "UPDATE suggestions SET asked = ? WHERE id = ?"
            " AND dataset_id IN (SELECT id FROM datasets WHERE owner_id = ?)",
            (message_id, suggestion_id, owner_id),
        )

    async def pending(self, owner_id: int) -> Pending:
        (found,) = await self._database.fetch(_pending, _PENDING, (owner_id, None))
        return found

    async def trust(self, owner_id: int, dataset_id: int, person: Person) -> None:
        await self._datasets.get(owner_id, dataset_id)
        await self._database.execute(
            "INSERT INTO trusts (dataset_id, person_id, person_name) VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET person_name = excluded.person_name",
            (dataset_id, person.id, person.name),
        )

    async def distrust(self, owner_id: int, dataset_id: int, person_id: int) -> bool:
        await self._datasets.get(owner_id, dataset_id)
        return bool(
            await self._database.execute(
                "DELETE FROM trusts WHERE dataset_id = ? AND person_id = ?",
                (dataset_id, person_id),
            )
        )

    async def trusted(self, owner_id: int, dataset_id: int) -> tuple[Person, ...]:
        await self._datasets.get(owner_id, dataset_id)
        return await self._database.fetch(
            _person,
            "SELECT * FROM trusts WHERE dataset_id = ? ORDER BY person_name, person_id",
            (dataset_id,),
        )

    async def credit(
        self, owner_id: int, dataset_id: int, person: Person, digests: Sequence[str]
    ) -> None:
        await self._datasets.get(owner_id, dataset_id)
        await self._database.execute(
            _CREDIT, (dataset_id, person.id, person.name, json.dumps([*digests]))
        )

    async def contributions(self, owner_id: int, dataset_id: int) -> tuple[Contribution, ...]:
        await self._datasets.get(owner_id, dataset_id)
        found = await self._database.fetch(_contribution, _CONTRIBUTIONS, (dataset_id,))
        return tuple(sorted(found, key=lambda one: (names.order(one.label), -one.photos)))

    async def forget_person(self, person_id: int) -> None:
        await self._delete("person_id = ?", (person_id,))

    async def expire(self, before: datetime) -> tuple[Suggestion, ...]:
        waiting = await self._database.fetch(_suggestion, f"{_SELECT} GROUP BY suggestions.id")
        moment = before.isoformat(timespec="microseconds")
        await self._delete("suggested_photos.at < ?", (moment,))
        left = await self._database.fetch(lambda row: int(row["id"]), "SELECT id FROM suggestions")
        return tuple(one for one in waiting if one.id not in left)

    async def move(self, old_chat_id: int, new_chat_id: int) -> None:
        """What was suggested in the new chat already gets the photos of the old one."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "UPDATE OR IGNORE suggestions SET chat_id = ? WHERE chat_id = ?",
                (new_chat_id, old_chat_id),
            )
            await connection.execute(
                "UPDATE OR IGNORE suggested_photos SET suggestion_id = new.id"
                " FROM suggestions AS old JOIN suggestions AS new USING (dataset_id, person_id, label)"
                " WHERE suggestion_id = old.id AND old.chat_id = ? AND new.chat_id = ?",
                (old_chat_id, new_chat_id),
            )
            await connection.execute("DELETE FROM suggestions WHERE chat_id = ?", (old_chat_id,))

    async def _delete(self, chosen: str, values: Sequence[int | str]) -> None:
        """Deletes the photos that the condition holds for, rows and bytes. A process that is killed in between
        leaves bytes that no row names: the next start deletes them."""
        # Shielded: a thread that deletes can't be stopped, and the lock is held until it is done.
        await asyncio.shield(self._delete_chosen(chosen, values))

    async def _delete_chosen(self, chosen: str, values: Sequence[int | str]) -> None:
        async with self._folders.lock:
            async with self._database.transaction() as connection:
                rows = await connection.execute_fetchall(f"{_FILES} WHERE {chosen}", values)
                files = [(int(row["owner_id"]), str(row["digest"])) for row in rows]
                await connection.execute(
                    "DELETE FROM suggested_photos WHERE id IN (SELECT suggested_photos.id"
                    " FROM suggested_photos JOIN suggestions ON suggestions.id = suggestion_id"
                    f" JOIN datasets ON datasets.id = dataset_id WHERE {chosen})",
                    values,
                )
                await connection.execute(_DELETE_EMPTY)
            await erase_unnamed(self._database, self._folders, files)


async def files_of_person(database: Database, person_id: int) -> tuple[Named, ...]:
    """The files that the person suggested, each with its owner."""
    return await database.fetch(
        lambda row: (int(row["owner_id"]), str(row["digest"])),
        f"{_FILES} WHERE person_id = ?",
        (person_id,),
    )


async def erase_unnamed(
    database: Database, folders: PhotoFolders, files: Collection[Named]
) -> None:
    """Deletes those of the files that no row names any more; the lock of the folders is held."""
    if not files:
        return
    owners = json.dumps([owner for owner, _ in files])
    named = await database.fetch(
        lambda row: (int(row["owner_id"]), str(row["digest"])),
        f"SELECT * FROM ({NAMED_FILES}) WHERE owner_id IN (SELECT value FROM json_each(?))",
        (owners,),
    )
    kept = await folders.all()
    doomed = [
        kept[owner].file(digest) for owner, digest in set(files) - set(named) if owner in kept
    ]
    with suppress(FilesAway):  # the next tidying deletes what no row names
        await asyncio.to_thread(folders.tree.delete, doomed)


async def _find_or_insert(
    connection: aiosqlite.Connection,
    dataset_id: int,
    person: Person,
    label: str,
    place: Place | None,
) -> int:
    """Within a transaction of the caller's: the row that the photos belong to; its names are the newest."""
    place = place or Place(0, "")
    ((suggestion_id,),) = await connection.execute_fetchall(
        "INSERT INTO suggestions"
        " (dataset_id, person_id, person_name, label, chat_id, chat_title, thread_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (dataset_id, person_id, chat_id, label) DO UPDATE"
        " SET person_name = excluded.person_name, chat_title = excluded.chat_title,"
        " thread_id = excluded.thread_id RETURNING id",
        (dataset_id, person.id, person.name, label, place.chat_id, place.title, place.thread_id),
    )
    return int(suggestion_id)


async def _insert_photos(
    connection: aiosqlite.Connection, suggestion_id: int, photos: Sequence[NewPhoto]
) -> None:
    await connection.executemany(
        "INSERT OR IGNORE INTO suggested_photos (suggestion_id, file, name, bytes, message_id, at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [
            (suggestion_id, photo.path.name, photo.name, photo.bytes, photo.message_id, now())
            for photo in photos
        ],
    )


async def _check_limits(
    connection: aiosqlite.Connection, owner_id: int, person_id: int, limits: SuggestionLimits
) -> None:
    """Raises TooManySuggested, after which the transaction is rolled back."""
    ((of_all, _, of_person),) = await connection.execute_fetchall(_PENDING, (owner_id, person_id))
    for photos, limit in ((of_person, limits.of_person), (of_all, limits.of_all)):
        if photos > limit:
            raise TooManySuggested(limit=limit)


def _suggestion(row: sqlite3.Row) -> Suggestion:
    return Suggestion(
        id=row["id"],
        owner_id=row["owner_id"],
        dataset_id=row["dataset_id"],
        person=_person(row),
        label=row["label"],
        place=_place(row) if row["chat_id"] else None,
        photos=row["photos"],
        last=row["last"],
        asked=row["asked"],
    )


def _place(row: sqlite3.Row) -> Place:
    return Place(row["chat_id"], row["chat_title"], row["thread_id"])


def _photo(row: sqlite3.Row) -> SuggestedPhoto:
    return SuggestedPhoto(row["id"], row["file"], row["name"], row["message_id"])


def _person(row: sqlite3.Row) -> Person:
    return Person(row["person_id"], row["person_name"])


def _pending(row: sqlite3.Row) -> Pending:
    return Pending(row["photos"], row["bytes"])


def _contribution(row: sqlite3.Row) -> Contribution:
    person = Person(row["person_id"] or 0, row["person_name"]) if row["is_suggested"] else None
    return Contribution(row["label"], person, row["photos"])
