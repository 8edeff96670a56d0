"""Teaching: photos that a person gives a class's name to, one lesson at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from core import names
from core.entities import Dataset, Learned, Lesson, Model, User
from core.errors import ImageUnreadable, NameTaken, NothingToChange
from core.ports import Datasets, Files, Teaching
from core.services.datasets import DatasetService
from core.services.fetching import Fetch, fetch_all
from core.services.limits import Shares
from core.services.live import LiveModels
from core.services.models import ModelService

T = TypeVar("T")

# In a lesson of photos that are none of the classes: no class can have this name.
NO_CLASS = ""


@dataclass(frozen=True)
class Taught:
    """A lesson, and what became of it.

    dataset : as it is after the lesson. label : the class, as the dataset spells it. photos : one per
    picture, in order; the error of one that could not be fetched or read. different : how many pictures were
    read, near duplicates counted once. changed : how many examples are new or have another class now; 0
    where all was known.
    """

    dataset: Dataset
    label: str
    photos: tuple[Learned | Exception, ...]
    different: int
    changed: int

    @property
    def learned(self) -> int:
        """How many pictures were read."""
        return sum(isinstance(photo, Learned) for photo in self.photos)


@dataclass(frozen=True)
class Refused:
    """dataset : as it is now. is_new : False where the photo was known to be none of its classes."""

    dataset: Dataset
    is_new: bool


class TeachingService:
    """The use cases of teaching."""

    def __init__(
        self,
        datasets: DatasetService,
        table: Datasets,
        files: Files,
        teaching: Teaching,
        live: LiveModels,
        models: ModelService,
        shares: Shares,
    ) -> None:
        self._datasets = datasets
        self._table = table
        self._files = files
        self._teaching = teaching
        self._live = live
        self._models = models
        self._shares = shares
        self._lessons: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._beginnings: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def dataset(self, user: User, name: str) -> Dataset:
        """The user's current dataset; where there is none, an empty one of this name or the like.
        Raises QuotaExceeded."""
        async with self._beginnings.setdefault(user.id, asyncio.Lock()):
            kept = await self._datasets.list(user.id)
            for dataset in kept:
                if dataset.id == user.dataset_id:
                    return dataset
            return kept[0] if kept else await self.begin(user.id, name)

    async def extended(self, owner_id: int, name: str) -> Dataset:
        """The owner's dataset of corrections to the baseline; where there is none, an empty one of this name or
        the like. Raises QuotaExceeded."""
        async with self._beginnings.setdefault(owner_id, asyncio.Lock()):
            for dataset in await self._datasets.list(owner_id):
                if dataset.extends_baseline:
                    return dataset
            return await self.begin(owner_id, name, extends_baseline=True)

    async def begin(
        self,
        owner_id: int,
        name: str,
        *,
        extends_baseline: bool = False,
        becomes_current: bool = True,
    ) -> Dataset:
        """An empty dataset, which becomes the current one where that is wanted; where its name is taken, a number is added.
        Raises QuotaExceeded, NameInvalid."""
        kept = await self._datasets.list(owner_id)
        await self._shares.check(owner_id, datasets=1)
        for number in range(1, len(kept) + 2):
            try:
                numbered = f"{name} {number}" if number > 1 else name
                return await self._table.begin(
                    owner_id,
                    numbered,
                    extends_baseline=extends_baseline,
                    becomes_current=becomes_current,
                )
            except NameTaken:
                continue
        raise NameTaken(name=name)

    def spelled(self, dataset: Dataset, label: str) -> str:
        """The class as the dataset spells it, or the baseline that it extends, or a new one's name, cleaned.
        Raises LabelInvalid."""
        label = names.clean_label(label)
        return names.find(label, self.classes(dataset)) or label

    def classes(self, dataset: Dataset) -> tuple[str, ...]:
        """The classes that models of the dataset can tell: its own, and those of the baseline that it extends."""
        base = self._models.baseline.card.classes if dataset.extends_baseline else ()
        return (*dataset.classes, *base)

    async def teach(
        self,
        dataset: Dataset,
        label: str,
        photos: Sequence[tuple[str, Fetch]],
        *,
        becomes_current: bool = True,
    ) -> Taught:
        """Teaches photos as one class, in one edit.

        photos : for each a name and a function that writes it to a path. All are fetched side by side, and
        lessons of one owner stored one after the other, in the order of these calls. becomes_current : whether the
        owner's later lessons go to this dataset, too.

        Raises DatasetNotFound, LabelInvalid, QuotaExceeded, NoRoom and the workers' errors.
        """
        label = self.spelled(dataset, label)
        # Nothing is awaited before: of two lessons, the one that was called first is stored first.
        async with self._read(dataset, label, photos) as (dataset, lesson, errors):
            label = self.spelled(dataset, label)
            stored, changed = await self._store(dataset, lesson, becomes_current)
        read = iter(lesson.photos)
        return Taught(
            stored,
            label,
            tuple(next(read) if error is None else error for error in errors),
            lesson.different,
            changed,
        )

    async def refuse(self, dataset: Dataset, name: str, fetch: Fetch) -> Refused:
        """Keeps a photo that is none of the dataset's classes, as an edit: its models refuse what is as far from
        their classes.

        Raises DatasetNotFound, what `fetch` raises, ImageUnreadable and the like, and the workers' errors.
        """
        async with self._read(dataset, NO_CLASS, [(name, fetch)]) as (dataset, lesson, (error,)):
            (photo,) = lesson.photos if error is None else (error,)
            if isinstance(photo, Exception) or lesson.reading is None:
                raise photo if isinstance(photo, Exception) else ImageUnreadable
            try:
                stored = await self._table.refuse(dataset.owner_id, dataset.id, lesson.reading)
            except NothingToChange:
                return Refused(dataset, is_new=False)
        return Refused(stored, is_new=True)

    async def answering(self, dataset: Dataset, chat_id: int) -> Model | None:
        """The live model of the dataset as it is now, which answers in the chat from now on; None where
        there is one class or none. Raises DatasetNotFound and the workers' errors."""
        model = await self._live.follow(dataset.owner_id, dataset.id)
        if model:
            await self._models.use(dataset.owner_id, chat_id, model.id)
        return model

    @asynccontextmanager
    async def _read(
        self, dataset: Dataset, label: str, photos: Sequence[tuple[str, Fetch]]
    ) -> AsyncIterator[tuple[Dataset, Lesson, list[Exception | None]]]:
        """A lesson that can be stored within the block: the dataset as it is then, what a worker read, and for
        each photo the error that kept it from being fetched."""
        storing = self._lessons.setdefault(dataset.owner_id, asyncio.Lock())
        async with (
            AsyncExitStack() as stack,
            _begun(self._fetch(photos, stack)) as fetching,
            storing,
        ):
            folder, errors = await fetching
            await self._check_room(dataset.owner_id, folder)
            dataset = await self._table.get(dataset.owner_id, dataset.id)
            # A lesson that was stored meanwhile may have begun the class.
            label = label and self.spelled(dataset, label)
            yield dataset, await self._learn(dataset, label, photos, errors, folder), errors

    async def _fetch(
        self, photos: Sequence[tuple[str, Fetch]], stack: AsyncExitStack
    ) -> tuple[Path, list[Exception | None]]:
        """Fetches photos into a folder, each under its position; returns the folder, which lasts as long as the
        stack, and each photo's error or None."""
        folder = await stack.enter_async_context(self._files.scratch())
        paths = [folder / str(position) for position in range(len(photos))]
        return folder, await fetch_all([fetch for _, fetch in photos], paths)

    async def _check_room(self, owner_id: int, folder: Path) -> None:
        """There is room for the photos that were fetched into the folder."""
        sizes = await asyncio.to_thread(
            lambda: [path.stat().st_size for path in folder.iterdir() if path.is_file()]
        )
        await self._shares.check(owner_id, photos=len(sizes), bytes_=sum(sizes))

    async def _learn(
        self,
        dataset: Dataset,
        label: str,
        photos: Sequence[tuple[str, Fetch]],
        errors: Sequence[Exception | None],
        folder: Path,
    ) -> Lesson:
        """A worker reads the photos that were fetched into the folder."""
        live = await self._live.find(dataset.owner_id, dataset.id)
        fetched = [position for position, error in enumerate(errors) if error is None]
        return await self._teaching.learn(
            [folder / str(position) for position in fetched],
            [photos[position][0] for position in fetched],
            label,
            await self._datasets.files_of(dataset, folder),
            await self._models.stored(live) if live else None,
            self._files.staging(folder) / "lesson",
        )

    async def _store(
        self, dataset: Dataset, lesson: Lesson, becomes_current: bool
    ) -> tuple[Dataset, int]:
        if lesson.reading is None:
            return dataset, 0
        try:
            return await self._table.teach(
                dataset.owner_id, dataset.id, lesson.reading, becomes_current=becomes_current
            )
        except NothingToChange:
            return dataset, 0


@asynccontextmanager
async def _begun(work: Coroutine[Any, Any, T]) -> AsyncIterator[asyncio.Task[T]]:
    """Work that begins at once; it has ended after the block."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])
