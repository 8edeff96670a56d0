"""Classes looked at: a page of numbered photos, and one photo."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from core.entities import Dataset, Example
from core.errors import NothingToChange
from core.ports import Drawing, Examples, Files

PAGE_PHOTOS = 12
"""Photos on a page."""


@dataclass(frozen=True, slots=True)
class ClassPage:
    """A page of a class's photos.

    number, pages : the page, from 0, and how many there are. photos : of the class in all.
    examples : those on the page. picture : a JPEG in which they are numbered from `first` on.
    """

    label: str
    number: int
    pages: int
    photos: int
    examples: tuple[Example, ...]
    picture: bytes

    @property
    def first(self) -> int:
        """The number of the page's first photo, from 1."""
        return self.number * PAGE_PHOTOS + 1


class ClassService:
    """Shows what is in a class."""

    def __init__(self, examples: Examples, files: Files, drawing: Drawing) -> None:
        self._examples = examples
        self._files = files
        self._drawing = drawing

    async def page(self, dataset: Dataset, label: str, number: int) -> ClassPage:
        """A page of the class; the last one where there are fewer than `number`.

        Raises NothingToChange where the class has no photos, and the workers' errors.
        """
        photos = dataset.classes.get(label, 0)
        pages = -(-photos // PAGE_PHOTOS)
        number = max(0, min(number, pages - 1))
        examples = await self._examples.of_class(
            dataset.owner_id, dataset.id, label, number * PAGE_PHOTOS, PAGE_PHOTOS
        )
        if not examples:
            raise NothingToChange
        digests = [example.photo.sha256 for example in examples]
        store = await self._files.photos(dataset.owner_id)
        async with self._files.scratch() as folder:
            out = folder / "page.jpg"
            await self._drawing.draw_page(store, digests, number * PAGE_PHOTOS + 1, out)
            picture = await asyncio.to_thread(out.read_bytes)
        return ClassPage(label, number, pages, photos, examples, picture)

    async def photo(self, owner_id: int, example: Example) -> bytes:
        """The photo as a JPEG. Raises PhotoMissing and the workers' errors."""
        async with self._files.scratch() as folder:
            out = folder / "photo.jpg"
            photos = await self._files.photos(owner_id)
            await self._drawing.draw_photo(photos, example.photo.sha256, out)
            return await asyncio.to_thread(out.read_bytes)
