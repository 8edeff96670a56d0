"""Groups: their own set, who chooses the model, and which of them use what."""

from __future__ import annotations

import sqlite3

from core.entities import Group, GroupSet, Person
from core.errors import DatasetNotFound
from storage.database import Database

_SELECT = """
    SELECT groups.*, owner_id FROM groups LEFT JOIN datasets ON datasets.id = dataset_id
"""
# Groups have negative ids. One that chose a model before it was in `groups` has no title. Of those for which somebody
# chose the model who has it by a link, nothing is the owner's to know but that there are such.
_USING = """
    SELECT ids.id, coalesce(title, '') AS title, groups.dataset_id, owner_name, owner_id,
        coalesce(follows, 0) AS follows, coalesce(is_open, 1) AS is_open
    FROM (SELECT id, max(is_known) AS is_known FROM (
        SELECT chats.id, chats.by_id = ?1 AS is_known FROM chats JOIN models ON models.id = model_id
        WHERE chats.id < 0 AND models.owner_id = ?1
        AND (?2 IS NULL OR models.id = ?2) AND (?3 IS NULL OR (models.dataset_id = ?3 AND live = 1))
        UNION
        SELECT groups.id, 1 FROM groups JOIN datasets ON datasets.id = dataset_id
        WHERE datasets.owner_id = ?1 AND ?2 IS NULL AND (?3 IS NULL OR datasets.id = ?3)
        AND (?4 OR ?3 IS NOT NULL)
    ) GROUP BY id) AS ids LEFT JOIN groups ON groups.id = ids.id AND is_known LEFT JOIN datasets ON datasets.id = groups.dataset_id
    ORDER BY title, ids.id
"""


class Groups:
    """Fulfils `core.ports.Groups`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, chat_id: int) -> Group:
        found = await self._database.fetch(_group, f"{_SELECT} WHERE groups.id = ?", (chat_id,))
        return found[0] if found else Group(chat_id)

    async def see(self, chat_id: int, title: str) -> None:
        await self._database.execute(
            "INSERT INTO groups (id, title, owner_name, follows, is_open) VALUES (?, ?, '', 0, 1)"
            " ON CONFLICT (id) DO UPDATE SET title = excluded.title WHERE title <> excluded.title",
            (chat_id, title),
        )

    async def set_own(self, chat_id: int, owner: Person, dataset_id: int) -> None:
        changed = await self._database.execute(
            "UPDATE groups SET dataset_id = ?1, owner_name = ?2, follows = 1 WHERE id = ?3"
            " AND EXISTS (SELECT 1 FROM datasets WHERE id = ?1 AND owner_id = ?4)",
            (dataset_id, owner.name, chat_id, owner.id),
        )
        if not changed:
            raise DatasetNotFound

    async def drop_own(self, chat_id: int) -> None:
        await self._database.execute(
            "UPDATE groups SET dataset_id = NULL, owner_name = '', follows = 0 WHERE id = ?",
            (chat_id,),
        )

    async def set_follows(self, chat_id: int, *, follows: bool) -> None:
        await self._database.execute(
            "UPDATE groups SET follows = ? WHERE id = ?", (int(follows), chat_id)
        )

    async def set_open(self, chat_id: int, *, is_open: bool) -> None:
        await self._database.execute(
            "UPDATE groups SET is_open = ? WHERE id = ?", (int(is_open), chat_id)
        )

    async def using_model(self, owner_id: int, model_id: int) -> tuple[Group, ...]:
        return await self._using(owner_id, model_id, None, with_sets=False)

    async def using_models(self, owner_id: int) -> tuple[Group, ...]:
        return await self._using(owner_id, None, None, with_sets=False)

    async def using_dataset(self, owner_id: int, dataset_id: int) -> tuple[Group, ...]:
        return await self._using(owner_id, None, dataset_id, with_sets=True)

    async def using_account(self, owner_id: int) -> tuple[Group, ...]:
        return await self._using(owner_id, None, None, with_sets=True)

    async def move(self, old_id: int, new_id: int) -> None:
        """A row that the new id has got already, for its title, gives way to the old one's."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "INSERT INTO groups (id, title, dataset_id, owner_name, follows, is_open)"
                " SELECT ?1, title, dataset_id, owner_name, follows, is_open FROM groups WHERE id = ?2"
                " ON CONFLICT (id) DO UPDATE SET dataset_id = excluded.dataset_id,"
                " owner_name = excluded.owner_name, follows = excluded.follows,"
                " is_open = excluded.is_open WHERE groups.dataset_id IS NULL",
                (new_id, old_id),
            )
            await connection.execute("DELETE FROM groups WHERE id = ?", (old_id,))

    async def _using(
        self, owner_id: int, model_id: int | None, dataset_id: int | None, *, with_sets: bool
    ) -> tuple[Group, ...]:
        return await self._database.fetch(
            _group, _USING, (owner_id, model_id, dataset_id, int(with_sets))
        )


def _group(row: sqlite3.Row) -> Group:
    own = None
    if row["owner_id"] is not None:
        own = GroupSet(row["owner_id"], row["owner_name"], row["dataset_id"])
    return Group(row["id"], row["title"], own, bool(row["follows"]), bool(row["is_open"]))
