"""Edits of examples, and what is there after them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from core.entities import Dataset, EditKind, Example
from storage import Storage
from tests.storage.factories import examples_of

OWNER = 1
Edit = Callable[[Storage, Dataset, Sequence[int]], Awaitable[Dataset]]


async def relabel(storage: Storage, dataset: Dataset, ids: Sequence[int]) -> Dataset:
    return await storage.examples.relabel(OWNER, dataset.id, ids, "plum")


async def remove(storage: Storage, dataset: Dataset, ids: Sequence[int]) -> Dataset:
    return await storage.examples.remove(OWNER, dataset.id, ids)


async def set_test(storage: Storage, dataset: Dataset, ids: Sequence[int]) -> Dataset:
    return await storage.examples.set_test(OWNER, dataset.id, ids, is_test=True)


EDITS: dict[EditKind, Edit] = {
    EditKind.RELABEL: relabel,
    EditKind.REMOVE: remove,
    EditKind.SET_TEST: set_test,
}


async def labels(storage: Storage, dataset: Dataset) -> list[str]:
    return [example.label for example in await examples_of(storage, dataset)]


async def numbers(storage: Storage, dataset: Dataset) -> list[int]:
    return [example.id for example in await examples_of(storage, dataset)]


async def all_examples(storage: Storage, *datasets: Dataset) -> list[tuple[Example, ...]]:
    return [await examples_of(storage, dataset) for dataset in datasets]
