"""Accounts: what a person agreed to, all that is kept of them, and its end."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from core.entities import Consent, Usage, User
from storage.clock import now
from storage.database import Database
from storage.folders import PhotoFolders
from storage.suggestions import FORGET_PERSON, erase_unnamed, files_of_person
from storage.users import user_of

# All that is kept of a person, by the name that the record gives it.
_KEPT = {
    "user": "SELECT * FROM users WHERE id = ?1",
    # Not those in which others use a model of the person's: they are these others'.
    "chats": "SELECT * FROM chats WHERE id = ?1 OR by_id = ?1 ORDER BY id",
    "datasets": "SELECT * FROM datasets WHERE owner_id = ?1 ORDER BY id",
    "photos": "SELECT * FROM photos WHERE owner_id = ?1 ORDER BY id",
    "examples": (
        "SELECT examples.* FROM examples JOIN datasets ON datasets.id = dataset_id"
        " WHERE owner_id = ?1 ORDER BY examples.id"
    ),
    "confirmations": (
        "SELECT confirmations.* FROM confirmations JOIN examples ON examples.id = example_id"
        " JOIN datasets ON datasets.id = dataset_id WHERE owner_id = ?1 ORDER BY example_id"
    ),
    "edits": (
        "SELECT edits.* FROM edits JOIN datasets ON datasets.id = dataset_id"
        " WHERE owner_id = ?1 ORDER BY dataset_id, number"
    ),
    "negatives": (
        "SELECT negatives.* FROM negatives JOIN datasets ON datasets.id = dataset_id"
        " WHERE owner_id = ?1 ORDER BY dataset_id, photo_id"
    ),
    "groups": (
        "SELECT groups.* FROM groups JOIN datasets ON datasets.id = dataset_id"
        " WHERE owner_id = ?1 ORDER BY groups.id"
    ),
    "answers": "SELECT * FROM answers WHERE chat_id = ?1 ORDER BY id",
    "quiz_permissions": (
        "SELECT quiz_permissions.* FROM quiz_permissions JOIN datasets ON datasets.id = dataset_id"
        " WHERE owner_id = ?1 ORDER BY dataset_id, chat_id"
    ),
    "quiz_votes": "SELECT * FROM quiz_votes WHERE voter_id = ?1 ORDER BY id",
    "quiz_scores": "SELECT * FROM quiz_scores WHERE player_id = ?1 OR chat_id = ?1 ORDER BY chat_id",
    "suggestions": (
        "SELECT suggestions.*, suggested_photos.name, suggested_photos.at FROM suggestions"
        " JOIN suggested_photos ON suggestion_id = suggestions.id"
        " JOIN datasets ON datasets.id = dataset_id"
        " WHERE owner_id = ?1 OR person_id = ?1 ORDER BY suggested_photos.id"
    ),
    "contributions": (
        "SELECT contributions.* FROM contributions JOIN datasets ON datasets.id = dataset_id"
        " WHERE owner_id = ?1 OR person_id = ?1 ORDER BY dataset_id, sha256"
    ),
    "trusts": (
        "SELECT trusts.* FROM trusts JOIN datasets ON datasets.id = dataset_id"
        " WHERE owner_id = ?1 OR person_id = ?1 ORDER BY dataset_id, person_id"
    ),
    "models": "SELECT * FROM models WHERE owner_id = ?1 ORDER BY id",
    # Without the tokens: a file that is handed on must not open a link.
    "links": (
        "SELECT model_id, models.name AS model, kind, links.created_at, copies,"
        " (SELECT count(*) FROM borrowed WHERE borrowed.model_id = links.model_id"
        " AND borrowed.kind = links.kind) AS people"
        " FROM links JOIN models ON models.id = model_id WHERE owner_id = ?1 ORDER BY model_id, kind"
    ),
    "borrowed": (
        "SELECT models.name AS model, kind, since FROM borrowed JOIN models ON models.id = model_id"
        " WHERE user_id = ?1 ORDER BY since"
    ),
    "jobs": "SELECT * FROM jobs WHERE owner_id = ?1 ORDER BY id",
}
_SENDER = (
    "coalesce("
    + ", ".join(
        f"json_extract(body, '$.{sender}.id')"
        for sender in (
            *("message.from", "edited_message.from", "callback_query.from"),
            *("inline_query.from", "guest_message.from", "poll_answer.user"),
        )
    )
    + ")"
)
# Datasets take their examples, edits, changes, confirmations and suggestions with them, models their links. Chats of
# others are told that a model of theirs is gone, without its name.
_DELETE = (
    *FORGET_PERSON,
    "UPDATE groups SET dataset_id = NULL, owner_name = '', follows = 0"
    " WHERE dataset_id IN (SELECT id FROM datasets WHERE owner_id = ?1)",
    "DELETE FROM chats WHERE id = ?1",
    "DELETE FROM borrowed WHERE user_id = ?1",
    "UPDATE chats SET model_id = NULL, by_id = NULL, lost = ''"
    " WHERE model_id IN (SELECT id FROM models WHERE owner_id = ?1)",
    "DELETE FROM answers WHERE chat_id = ?1",
    "DELETE FROM quizzes WHERE chat_id = ?1",
    "DELETE FROM quiz_votes WHERE voter_id = ?1",
    "DELETE FROM quiz_scores WHERE player_id = ?1 OR chat_id = ?1",
    "DELETE FROM models WHERE owner_id = ?1",
    "DELETE FROM datasets WHERE owner_id = ?1",
    "DELETE FROM photos WHERE owner_id = ?1",
    "DELETE FROM erasures WHERE owner_id = ?1",
    "DELETE FROM jobs WHERE owner_id = ?1",
    f"DELETE FROM updates WHERE json_valid(body) AND {_SENDER} = ?1",
    f"DELETE FROM unreadable_updates WHERE json_valid(body) AND {_SENDER} = ?1",
    "DELETE FROM owner_keys WHERE owner_id = ?1",
    "DELETE FROM users WHERE id = ?1",
)
_USAGE = """
    SELECT
        (SELECT count(*) FROM datasets WHERE ?1 IS NULL OR owner_id = ?1) AS datasets,
        (SELECT count(*) FROM models WHERE ?1 IS NULL OR owner_id = ?1) AS models,
        count(*) AS photos, (coalesce(sum(bytes), 0) + 999999) / 1000000 AS megabytes
    FROM photos WHERE released_at IS NULL AND (?1 IS NULL OR owner_id = ?1)
"""


class Accounts:
    """Implements `core.ports.Accounts`."""

    def __init__(self, database: Database, folders: PhotoFolders) -> None:
        self._database = database
        self._folders = folders

    async def consent(self, user_id: int) -> Consent | None:
        found = await self._database.fetch(
            _consent,
            "SELECT * FROM users WHERE id = ? AND consent_version IS NOT NULL",
            (user_id,),
        )
        return found[0] if found else None

    async def agree(self, user_id: int, version: str) -> None:
        await self._database.execute(
            "UPDATE users SET consent_version = ?, consent_at = ? WHERE id = ?",
            (version, now(), user_id),
        )

    async def revoke(self, user_id: int) -> None:
        await self._database.execute(
            "UPDATE users SET consent_version = NULL, consent_at = NULL WHERE id = ?", (user_id,)
        )

    async def write_record(self, user_id: int, out: Path) -> None:
        record = {
            name: await self._database.fetch(_as_dict, query, (user_id,))
            for name, query in _KEPT.items()
        }
        await asyncio.to_thread(_write, record, out)

    async def usage(self, user_id: int | None = None) -> Usage:
        (usage,) = await self._database.fetch(_usage, _USAGE, (user_id,))
        return usage

    async def users(self) -> tuple[User, ...]:
        return await self._database.fetch(user_of, "SELECT * FROM users ORDER BY id")

    async def ban(self, user_id: int) -> None:
        async with self._database.transaction() as connection:
            await connection.execute("INSERT OR IGNORE INTO bans VALUES (?, ?)", (user_id, now()))
            await connection.execute(
                "DELETE FROM links WHERE model_id IN (SELECT id FROM models WHERE owner_id = ?)",
                (user_id,),
            )

    async def unban(self, user_id: int) -> bool:
        return bool(await self._database.execute("DELETE FROM bans WHERE user_id = ?", (user_id,)))

    async def banned(self) -> frozenset[int]:
        found = await self._database.fetch(lambda row: int(row["user_id"]), "SELECT * FROM bans")
        return frozenset(found)

    async def delete(self, user_id: int) -> None:
        """The rows go first and in one transaction, the key of the files with them: what a killed process
        leaves of the files nobody can read, and the next start deletes it."""
        await asyncio.shield(self._delete(user_id))

    async def _delete(self, user_id: int) -> None:
        async with self._folders.ending(user_id):
            suggested = await files_of_person(self._database, user_id)
            async with self._database.transaction() as connection:
                for statement in _DELETE:
                    await connection.execute(statement, (user_id,))
            await erase_unnamed(self._database, self._folders, suggested)
            await self._database.truncate_log()

    async def unseen(self, since: date) -> tuple[User, ...]:
        return await self._database.fetch(
            user_of,
            "SELECT * FROM users WHERE seen_on < ? AND told_on IS NULL ORDER BY id",
            (since.isoformat(),),
        )

    async def set_told(self, user_id: int, on: date) -> None:
        await self._database.execute(
            "UPDATE users SET told_on = ? WHERE id = ?", (on.isoformat(), user_id)
        )

    async def told(self, before: date) -> tuple[User, ...]:
        return await self._database.fetch(
            user_of, "SELECT * FROM users WHERE told_on < ? ORDER BY id", (before.isoformat(),)
        )


def _usage(row: sqlite3.Row) -> Usage:
    return Usage(row["datasets"], row["photos"], row["megabytes"], row["models"])


def _consent(row: sqlite3.Row) -> Consent:
    return Consent(row["consent_version"], datetime.fromisoformat(row["consent_at"]))


def _as_dict(row: sqlite3.Row) -> Mapping[str, object]:
    return {name: row[name] for name in row.keys()}  # noqa: SIM118 (a Row is no mapping)


def _write(record: Mapping[str, object], out: Path) -> None:
    with out.open("w", encoding="utf-8") as file:
        json.dump(record, file, ensure_ascii=False, indent=1)
