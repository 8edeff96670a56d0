"""Near duplicates looked at: a group of photos at a time, of which all but one can be removed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from core.entities import Dataset, Example
from core.errors import NothingToChange
from core.ports import ArchiveReading, Drawing, Examples, Files
from core.services.classes import PAGE_PHOTOS
from core.services.datasets import DatasetService


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """A group of photos that are nearly the same.

    number, groups : its place, from 0, and how many groups there are. photos : in the group.
    examples : the first of them. picture : a JPEG in which these are numbered from 1 on.
    """

    number: int
    groups: int
    photos: int
    examples: tuple[Example, ...]
    picture: bytes


class DuplicateService:
    """Shows near duplicates, and removes them."""

    def __init__(
        self,
        examples: Examples,
        files: Files,
        reading: ArchiveReading,
        drawing: Drawing,
        datasets: DatasetService,
    ) -> None:
        self._examples = examples
        self._files = files
        self._reading = reading
        self._drawing = drawing
        self._datasets = datasets

    async def group(self, dataset: Dataset, number: int) -> DuplicateGroup | None:
        """A group; the last one where there are fewer than `number`, None where there is none.

        Raises DatasetNotFound and the workers' errors.
        """
        groups = await self._groups(dataset)
        if not groups:
            return None
        number = min(number, len(groups) - 1)
        ids = groups[number]
        examples = await self._examples.find(dataset.owner_id, dataset.id, ids[:PAGE_PHOTOS])
        digests = [example.photo.sha256 for example in examples]
        async with self._files.scratch() as folder:
            out = folder / "group.jpg"
            photos = await self._files.photos(dataset.owner_id)
            await self._drawing.draw_page(photos, digests, 1, out)
            picture = await asyncio.to_thread(out.read_bytes)
        return DuplicateGroup(number, len(groups), len(ids), examples, picture)

    async def keep_one(self, dataset: Dataset, example_id: int) -> Dataset:
        """Removes all other photos of the example's group.

        Raises DatasetNotFound, NothingToChange where it has none, and the workers' errors.
        """
        for ids in await self._groups(dataset):
            if example_id in ids:
                others = [one for one in ids if one != example_id]
                return await self._examples.remove(dataset.owner_id, dataset.id, others)
        raise NothingToChange

    async def _groups(self, dataset: Dataset) -> tuple[tuple[int, ...], ...]:
        async with self._files.scratch() as folder:
            return await self._reading.twins(await self._datasets.files_of(dataset, folder))
