"""The contract of the storage ports: nobody reaches what is not theirs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from core.entities import JobKind, Search
from core.errors import (
    DatasetNotFound,
    LukoshkoError,
    ModelNotFound,
    NothingToChange,
)
from tests.cards import make_default
from tests.memory.steps import CHAT, OWNER, STRANGER, Ports, Steps

Call = Callable[[Ports, Steps, int, Any], Awaitable[Any]]


# What a user may do with a dataset or a model: (ports, steps, user, dataset or model).
DATASET_CALLS: dict[str, Call] = {
    "choose": lambda p, _, user, one: p.users.set_dataset(user, one.id),
    "add": lambda _, s, user, one: s.add(one, {9: "plum"}, owner_id=user),
    "teach": lambda _, s, user, one: s.teach(one, "plum", [9], owner_id=user),
    "get": lambda p, _, user, one: p.datasets.get(user, one.id),
    "last_reading": lambda p, _, user, one: p.datasets.last_reading(user, one.id),
    "rename": lambda p, _, user, one: p.datasets.rename(user, one.id, "new name"),
    "set_sheet": lambda p, _, user, one: p.datasets.set_sheet(user, one.id, "b" * 64),
    "find": lambda p, _, user, one: p.examples.find(user, one.id, [1]),
    "relabel": lambda p, _, user, one: p.examples.relabel(user, one.id, [1], "plum"),
    "rename_class": lambda p, _, user, one: p.examples.rename_class(user, one.id, "apple", "x"),
    "set_test": lambda p, _, user, one: p.examples.set_test(user, one.id, None, is_test=True),
    "remove": lambda p, _, user, one: p.examples.remove(user, one.id, [1]),
    "of_class": lambda p, _, user, one: p.examples.of_class(user, one.id, "apple"),
    "last_edit": lambda p, _, user, one: p.examples.last_edit(user, one.id),
    "confirm": lambda p, _, user, one: p.confirmations.add(user, one.id, [1]),
    "keep search": lambda p, _, user, one: p.searches.keep(user, one.id, Search(1, ())),
    "last search": lambda p, _, user, one: p.searches.last(user, one.id),
    "confirmed": lambda p, _, user, one: p.confirmations.ids(user, one.id),
    "history": lambda p, _, user, one: p.examples.history(user, one.id),
    "delete": lambda p, _, user, one: p.datasets.delete(user, one.id),
}
MODEL_CALLS: dict[str, Call] = {
    "get": lambda p, _, user, one: p.models.get(user, one.id),
    "find by name": lambda p, _, user, one: p.models.find(user, one.name),
    "find by number": lambda p, _, user, one: p.models.find(user, f"#{one.id}"),
    "activate": lambda p, _, user, one: p.chats.activate(CHAT, user, one.id),
    "delete": lambda p, _, user, one: p.models.delete(user, one.id),
}
CALLS = [
    *(("create", DatasetNotFound, name) for name in DATASET_CALLS),
    *(("make_model", ModelNotFound, name) for name in MODEL_CALLS),
]


async def everything(ports: Ports, steps: Steps) -> tuple[Any, ...]:
    datasets = await ports.datasets.list(OWNER)
    return (
        await ports.users.get(STRANGER, "en"),
        datasets,
        [await steps.examples(dataset) for dataset in datasets],
        await ports.models.list(OWNER),
        await ports.chats.active_model(CHAT, make_default()),
    )


@pytest.mark.parametrize(("make", "error", "name"), CALLS)
async def test_a_stranger_finds_nothing_and_changes_nothing(
    ports: Ports, steps: Steps, make: str, error: type[LukoshkoError], name: str
) -> None:
    one = await getattr(steps, make)()
    call = (DATASET_CALLS if make == "create" else MODEL_CALLS)[name]
    before = await everything(ports, steps)

    with pytest.raises(error):
        await call(ports, steps, STRANGER, one)

    assert await everything(ports, steps) == before
    await call(ports, steps, OWNER, one)


async def test_nothing_moves_from_or_to_a_stranger(ports: Ports, steps: Steps) -> None:
    mine, theirs = await steps.create(), await steps.create(owner_id=STRANGER)
    ids, their_ids = await steps.ids(mine), await steps.ids(theirs)
    before = await everything(ports, steps)
    for user, from_id, moved, to_id in (
        (OWNER, mine.id, ids, theirs.id),
        (OWNER, theirs.id, their_ids, mine.id),
        (OWNER, mine.id, ids, 10**6),
        (STRANGER, mine.id, ids, theirs.id),
        (STRANGER, mine.id, ids, mine.id),
    ):
        with pytest.raises(DatasetNotFound):
            await ports.examples.move(user, from_id, moved, to_id)
    with pytest.raises(DatasetNotFound):
        await ports.examples.undo(STRANGER, mine.id)
    assert await everything(ports, steps) == before


async def test_ids_of_another_dataset_are_passed_over(ports: Ports, steps: Steps) -> None:
    one, other = await steps.create("one"), await steps.create("other")
    with pytest.raises(NothingToChange):
        await ports.examples.remove(OWNER, one.id, await steps.ids(other))
    assert await ports.examples.find(OWNER, one.id, await steps.ids(other)) == ()
    assert (await ports.datasets.get(OWNER, other.id)).images == 3


async def test_a_stranger_lists_nothing(ports: Ports, steps: Steps) -> None:
    await steps.create()
    await steps.make_model()
    job = await ports.jobs.create(OWNER, JobKind.UPLOAD, CHAT)
    assert await ports.datasets.list(STRANGER) == ()
    assert await ports.models.list(STRANGER) == ()
    assert await ports.models.delete_all(STRANGER) == 0
    assert await ports.jobs.running(STRANGER) == ()
    assert await ports.jobs.get(STRANGER, job.id) is None
    assert len(await ports.models.list(OWNER)) == 1
