"""The whole storage: ownership, restarts, and the lock on its folder."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from core.entities import Dataset, JobKind, JobState
from core.errors import DatabaseBroken, DatasetNotFound, LukoshkoError, ModelNotFound, StorageInUse
from core.ports import Waiting
from storage import Storage
from tests.cards import make_default, make_fitted
from tests.storage.factories import (
    add,
    examples_of,
    kept_photos,
    make_dataset,
    make_examples,
    make_model,
    put_file,
    store,
)

OWNER, STRANGER = 1, 2
Call = Callable[[Storage, int, int], Awaitable[Any]]

# What a user may do with a dataset or a model: (storage, user, its number).
DATASET_CALLS: dict[str, Call] = {
    "choose": lambda s, user, id_: s.users.set_dataset(user, id_),
    "add": lambda s, user, id_: add(s, user, id_, make_examples(2, first=7)),
    "get": lambda s, user, id_: s.datasets.get(user, id_),
    "listing": lambda s, user, id_: write_listing(s, user, id_),
    "last_reading": lambda s, user, id_: s.datasets.last_reading(user, id_),
    "rename": lambda s, user, id_: s.datasets.rename(user, id_, "new name"),
    "set_sheet": lambda s, user, id_: s.datasets.set_sheet(user, id_, "b" * 64),
    "delete": lambda s, user, id_: s.datasets.delete(user, id_),
    "find": lambda s, user, id_: s.examples.find(user, id_, ALL),
    "relabel": lambda s, user, id_: s.examples.relabel(user, id_, ALL, "plum"),
    "remove": lambda s, user, id_: s.examples.remove(user, id_, ALL),
    "set_test": lambda s, user, id_: s.examples.set_test(user, id_, None, is_test=True),
    "rename_class": lambda s, user, id_: s.examples.rename_class(user, id_, "apple", "plum"),
    "history": lambda s, user, id_: s.examples.history(user, id_),
    "move out": lambda s, user, id_: move(s, user, id_, out=True),
    "move in": lambda s, user, id_: move(s, user, id_, out=False),
}
# Ids of examples, among them those of any dataset here.
ALL = range(1, 100)


async def write_listing(storage: Storage, user: int, dataset_id: int) -> None:
    async with storage.files.scratch() as folder:
        await storage.datasets.write_listing(user, dataset_id, folder / "listing")


async def move(storage: Storage, user: int, dataset_id: int, *, out: bool) -> None:
    """Between the dataset and one of the user's own."""
    name = f"own {len(await storage.datasets.list(user))}"
    own = await store(storage, user, name, make_examples(2, first=5))
    ids = (dataset_id, own.id) if out else (own.id, dataset_id)
    await storage.examples.move(user, ids[0], ALL, ids[1])


MODEL_CALLS: dict[str, Call] = {
    "get": lambda s, user, id_: s.models.get(user, id_),
    "find by name": lambda s, user, id_: s.models.find(user, "first"),
    "find by number": lambda s, user, id_: s.models.find(user, f"#{id_}"),
    "activate": lambda s, user, id_: s.chats.activate(10, user, id_),
    "delete": lambda s, user, id_: s.models.delete(user, id_),
}
CALLS = [
    *((make_dataset, DatasetNotFound, name, call) for name, call in DATASET_CALLS.items()),
    *((make_model, ModelNotFound, name, call) for name, call in MODEL_CALLS.items()),
]


@pytest.mark.parametrize(("make", "error", "name", "call"), CALLS)
async def test_a_stranger_finds_nothing_and_changes_nothing(
    storage: Storage,
    make: Callable[[Storage, int], Awaitable[Any]],
    error: type[LukoshkoError],
    name: str,
    call: Call,
) -> None:
    entity = await make(storage, OWNER)
    await storage.users.get(STRANGER, "en")
    before = await everything(storage, entity)

    with pytest.raises(error) as foreign:
        await call(storage, STRANGER, entity.id)

    assert await everything(storage, entity) == before
    if name != "find by name":
        with pytest.raises(error) as missing:
            await call(storage, STRANGER, 999)
        assert type(foreign.value) is type(missing.value)
    await call(storage, OWNER, entity.id)


async def everything(storage: Storage, entity: Any) -> tuple[Any, ...]:
    is_dataset = isinstance(entity, Dataset)
    return (
        await storage.datasets.list(OWNER),
        await examples_of(storage, entity) if is_dataset else None,
        await storage.models.list(OWNER),
        await storage.chats.active_model(10, make_default()),
    )


async def test_a_stranger_undoes_nothing(storage: Storage) -> None:
    dataset = await make_dataset(storage, OWNER)
    await storage.examples.relabel(OWNER, dataset.id, ALL, "plum")
    before = await everything(storage, dataset)

    for dataset_id in (dataset.id, 999):
        with pytest.raises(DatasetNotFound):
            await storage.examples.undo(STRANGER, dataset_id)

    assert await everything(storage, dataset) == before


async def test_a_stranger_lists_nothing(storage: Storage) -> None:
    await make_dataset(storage, OWNER)
    await make_model(storage, OWNER)
    job = await storage.jobs.create(OWNER, JobKind.UPLOAD, chat_id=10)

    assert await storage.datasets.list(STRANGER) == ()
    assert await storage.models.list(STRANGER) == ()
    assert await storage.models.delete_all(STRANGER) == 0
    assert await storage.jobs.running(STRANGER) == ()
    assert await storage.jobs.get(STRANGER, job.id) is None
    assert len(await storage.models.list(OWNER)) == 1


async def test_two_users_may_use_the_same_names(storage: Storage) -> None:
    for user in (OWNER, STRANGER):
        await make_dataset(storage, user, name="berries")
        await make_model(storage, user, name="first")

    assert [model.owner_id for model in await storage.models.list(STRANGER)] == [STRANGER]


async def test_everything_survives_a_restart(tmp_path: Path) -> None:
    storage = await Storage.open(tmp_path)
    dataset = await make_dataset(storage)
    digest = await put_file(storage, b"content")
    model = await make_model(storage, file=digest)
    job = await storage.jobs.create(OWNER, JobKind.FIT, chat_id=10)
    await storage.users.set_dataset(OWNER, dataset.id)
    await storage.users.set_question(OWNER, '{"what": "name"}')
    await storage.chats.activate(10, OWNER, model.id)
    await storage.updates.receive({7: "seven"})
    ((await storage.files.cache(OWNER)).path / "features.npy").write_bytes(b"kept")
    edited = await storage.examples.relabel(OWNER, dataset.id, ALL, "plum")
    examples = await examples_of(storage, dataset)
    user = await storage.users.get(OWNER, "ru")
    await storage.close()

    storage = await Storage.open(tmp_path)
    assert await storage.users.get(OWNER, "ru") == user
    assert user.question == '{"what": "name"}'
    assert await storage.datasets.list(OWNER) == (edited,)
    assert await examples_of(storage, dataset) == examples
    assert await storage.models.list(OWNER) == (model,)
    assert await storage.chats.active_model(10, make_default()) == model
    assert await storage.jobs.running(OWNER) == (job,)
    assert await storage.updates.pending() == (Waiting(7, "seven"),)
    assert await storage.files.read(OWNER, digest) == b"content"
    assert ((await storage.files.cache(OWNER)).path / "features.npy").read_bytes() == b"kept"
    assert len(await kept_photos(storage, OWNER)) == 3
    assert (await storage.examples.undo(OWNER, dataset.id)).classes == dataset.classes
    await storage.close()


async def test_a_folder_serves_one_process_at_a_time(tmp_path: Path) -> None:
    storage = await Storage.open(tmp_path)

    async with storage.files.scratch() as folder:
        with pytest.raises(StorageInUse, match="Another process"):
            await Storage.open(tmp_path)
        assert folder.is_dir()

    await storage.close()
    await (await Storage.open(tmp_path)).close()


async def test_a_start_waits_for_the_process_that_is_stopping(tmp_path: Path) -> None:
    stopping = await Storage.open(tmp_path)
    starting = asyncio.create_task(Storage.open(tmp_path))
    await asyncio.wait([starting], timeout=1)
    assert not starting.done()

    await stopping.close()

    await (await starting).close()


async def test_a_damaged_database_is_refused_and_the_folder_let_go(tmp_path: Path) -> None:
    database = tmp_path / "lukoshko.db"
    database.write_bytes(b"this is no database, and long enough to be read as one" * 100)

    for _ in range(2):  # the second time too it is the database, not the folder, that is refused
        with pytest.raises(DatabaseBroken, match="left as it is"):
            await Storage.open(tmp_path)


async def test_a_model_file_and_card_come_back_as_they_were(storage: Storage) -> None:
    model = await make_model(storage)

    assert model.card == make_fitted().card
    assert (await storage.models.get(OWNER, model.id)).card == make_fitted().card


async def test_a_job_that_a_dead_process_left_is_interrupted_once(tmp_path: Path) -> None:
    storage = await Storage.open(tmp_path)
    await storage.users.get(OWNER, "en")
    queued = await storage.jobs.create(OWNER, JobKind.UPLOAD, chat_id=10)
    running = await storage.jobs.create(OWNER, JobKind.FIT, chat_id=11)
    await storage.jobs.start(running.id)
    await storage.close()

    storage = await Storage.open(tmp_path)
    interrupted = await storage.jobs.interrupt_all()
    assert [(job.id, job.chat_id, job.state) for job in interrupted] == [
        (queued.id, 10, JobState.INTERRUPTED),
        (running.id, 11, JobState.INTERRUPTED),
    ]
    assert await storage.jobs.running(OWNER) == ()
    await storage.close()


async def test_an_interrupted_job_comes_back_at_every_start_until_its_user_is_told(
    storage: Storage,
) -> None:
    await storage.users.get(OWNER, "en")
    job = await storage.jobs.create(OWNER, JobKind.FIT, chat_id=10)
    ended = await storage.jobs.create(OWNER, JobKind.UPLOAD, chat_id=10)
    await storage.jobs.end(ended.id, JobState.INTERRUPTED)
    first = await storage.jobs.interrupt_all()
    assert [told.id for told in first] == [job.id]

    assert await storage.jobs.interrupt_all() == first
    await storage.jobs.set_told(job.id)

    assert await storage.jobs.interrupt_all() == ()
