"""The contract of the storage ports: consent, all that is kept of a person, and its end."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.entities import JobKind, LinkKind
from core.errors import DatasetNotFound, ModelNotFound
from storage import Storage
from tests.cards import make_default
from tests.memory.steps import CHAT, OWNER, STRANGER, Ports, Steps
from tests.storage.factories import open_database

DAY = timedelta(days=1)


async def test_consent_is_kept_with_its_version_and_can_be_taken_back(ports: Ports) -> None:
    assert await ports.accounts.consent(OWNER) is None
    await ports.accounts.agree(OWNER, "1")
    consent = await ports.accounts.consent(OWNER)
    assert consent is not None
    assert consent.version == "1"
    assert datetime.now(UTC) - consent.at < timedelta(minutes=10)
    assert await ports.accounts.consent(STRANGER) is None
    await ports.accounts.revoke(OWNER)
    assert await ports.accounts.consent(OWNER) is None


async def test_a_deleted_account_leaves_nothing_and_others_keep_theirs(
    ports: Ports, steps: Steps
) -> None:
    mine, theirs = await steps.create(), await steps.create(owner_id=STRANGER)
    model, other = await steps.make_model(), await steps.make_model(owner_id=STRANGER)
    for chat in (OWNER, CHAT):
        await ports.chats.activate(chat, OWNER, model.id)
    await ports.accounts.agree(OWNER, "1")
    await ports.accounts.delete(OWNER)
    with pytest.raises(DatasetNotFound):
        await ports.datasets.get(OWNER, mine.id)
    with pytest.raises(ModelNotFound):
        await ports.models.get(OWNER, model.id)
    assert await ports.chats.active_model(CHAT, default=make_default()) == make_default()
    assert await ports.jobs.running(OWNER) == ()
    assert await ports.accounts.consent(OWNER) is None
    assert (await ports.users.get(OWNER, "ru")).language == "ru"
    assert await steps.photos(OWNER) == set()
    assert await ports.datasets.get(STRANGER, theirs.id) == theirs
    assert await ports.models.get(STRANGER, other.id) == other
    assert await steps.photos(STRANGER) != set()


async def test_an_unknown_account_is_deleted_without_ado(ports: Ports) -> None:
    await ports.accounts.delete(99)


async def test_who_does_not_write_is_told_once_and_may_come_back(ports: Ports) -> None:
    today = datetime.now(UTC).date()
    tomorrow, later = today + DAY, today + 2 * DAY
    assert await ports.accounts.unseen(today) == ()
    assert {user.id for user in await ports.accounts.unseen(tomorrow)} == {OWNER, STRANGER}
    await ports.accounts.set_told(OWNER, today)
    assert {user.id for user in await ports.accounts.unseen(tomorrow)} == {STRANGER}
    assert await ports.accounts.told(today) == ()
    assert [user.id for user in await ports.accounts.told(later)] == [OWNER]
    await ports.users.see(OWNER)
    assert await ports.accounts.told(later) == ()


async def test_the_record_is_of_the_person_alone(
    ports: Ports, steps: Steps, tmp_path: Path
) -> None:
    if not isinstance(ports, Storage):
        pytest.skip("the memory keeps no tables to write")
    await steps.create("mine")
    await steps.create("theirs", owner_id=STRANGER)
    await steps.make_model("my model")
    await ports.jobs.create(OWNER, JobKind.FIT, CHAT)
    await ports.accounts.write_record(OWNER, tmp_path / "record")
    record = (tmp_path / "record").read_text()
    for name in ("mine", "my model", "груша", '"fit"'):
        assert name in record
    assert "theirs" not in record


async def test_usage_is_of_one_person_or_of_all(ports: Ports, steps: Steps) -> None:
    await steps.create()
    await steps.create(owner_id=STRANGER)
    await steps.make_model()
    mine, everybody = await ports.accounts.usage(OWNER), await ports.accounts.usage()
    assert (mine.datasets, mine.photos, mine.models) == (1, 3, 1)
    assert (everybody.datasets, everybody.photos, everybody.models) == (2, 6, 1)
    assert (await ports.accounts.usage(99)).photos == 0
    assert [user.id for user in await ports.accounts.users()] == [OWNER, STRANGER]


async def test_a_ban_outlives_the_account(ports: Ports) -> None:
    assert await ports.accounts.banned() == frozenset()
    for _ in range(2):
        await ports.accounts.ban(OWNER)
    await ports.accounts.delete(OWNER)
    assert await ports.accounts.banned() == {OWNER}
    assert await ports.accounts.unban(OWNER)
    assert not await ports.accounts.unban(OWNER)
    assert await ports.accounts.banned() == frozenset()


async def test_no_row_of_any_table_names_a_deleted_account(
    ports: Ports, steps: Steps, tmp_path: Path
) -> None:
    """New tables too: whoever adds one has to think of the deletion."""
    if not isinstance(ports, Storage):
        pytest.skip("the memory keeps no tables to look through")
    dataset = await steps.create()
    await steps.teach(dataset, "plum", [9])
    model = await steps.make_model("mine")
    await ports.chats.activate(CHAT, OWNER, model.id)
    await ports.links.renew(OWNER, model.id, LinkKind.USE, "u" * 22, "")
    await ports.links.borrow(STRANGER, "u" * 22)
    await ports.answers.add(OWNER, "an answer")
    await ports.updates.receive({1: '{"message": {"from": {"id": 1}}}'})
    await ports.accounts.delete(OWNER)
    with closing(open_database(tmp_path / "home")) as database:
        tables = [
            name
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        rows = {name: database.execute(f"SELECT * FROM {name}").fetchall() for name in tables}
    kept = {"identity", "sqlite_sequence"}
    # The group learns that its model is gone, and nothing of whose it was.
    assert [tuple(row) for row in rows.pop("chats")] == [(CHAT, None, "", None, 0)]
    assert {name for name, found in rows.items() if found} - kept == {"users"}, rows
    assert [row[0] for row in rows["users"]] == [STRANGER]
