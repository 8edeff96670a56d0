"""Datasets: uploaded, chosen, looked at, deleted."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from weakref import WeakValueDictionary

from core.entities import Dataset, Description, Job, JobKind, LabelSource, Reading, Recipe, User
from core.errors import LukoshkoError, NameTaken, NoDataset, NoDatasetChosen
from core.names import NAME_STEM_LENGTH
from core.ports import (
    ArchiveReading,
    DatasetFiles,
    Datasets,
    Drawing,
    Files,
    OnProgress,
    Training,
    Users,
    origin,
)
from core.recipes import make_recipe
from core.sealed import Key
from core.services.housekeeping import Housekeeping
from core.services.jobs import JOBS, JobRunner, RunningJob
from core.services.limits import Shares, check_not_empty

PREPARATION_LIMIT_S = 60.0
"""The sample's features take about 6 seconds on two idle cores. Where other people's photos keep the
workers busy for longer than this, the sample comes without its features."""

logger = logging.getLogger(__name__)

Fetch = Callable[[Path, OnProgress], Awaitable[None]]
"""Writes an archive to a path: a download, or the drawing of the sample dataset."""

Keep = Callable[[Job, Reading], Awaitable[Dataset]]


@dataclass(eq=False)
class _Target:
    """The dataset that several ZIPs become, None before the first of them was read."""

    dataset: Dataset | None = None


class DatasetService:
    """The use cases of datasets. Uploads are jobs; all else is done when it returns."""

    def __init__(
        self,
        users: Users,
        datasets: Datasets,
        files: Files,
        reading: ArchiveReading,
        drawing: Drawing,
        training: Training,
        housekeeping: Housekeeping,
        runner: JobRunner,
        shares: Shares,
    ) -> None:
        self._users = users
        self._datasets = datasets
        self._files = files
        self._reading = reading
        self._drawing = drawing
        self._training = training
        self._housekeeping = housekeeping
        self._runner = runner
        self._shares = shares
        # What each owner's last uploads become; one lasts as long as the jobs that name it.
        self._targets: WeakValueDictionary[int, _Target] = WeakValueDictionary()

    # Uploads -------------------------------------------------------------------------------------

    async def create(
        self,
        owner_id: int,
        chat_id: int,
        name: str,
        fetch: Fetch,
        labels: LabelSource = LabelSource.FOLDERS,
    ) -> RunningJob[Dataset]:
        """Begins a new dataset from the ZIP that `fetch` writes to a path, once the owner's uploads before
        it have ended; it becomes the current one.

        name : where it is taken, a number is added to it. labels : where the classes are taken from.

        Raises QuotaExceeded. The job raises NameInvalid, BadInput, QuotaExceeded, JobCancelled and
        the workers' errors; ClassesUnclear says where else the classes could be taken from.
        """
        (running,) = await self.create_from(owner_id, chat_id, name, [fetch], labels)
        return running

    async def create_from(
        self,
        owner_id: int,
        chat_id: int,
        name: str,
        fetches: Sequence[Fetch],
        labels: LabelSource = LabelSource.FOLDERS,
        *,
        joins: bool = False,
        sizes: Sequence[int] = (),
    ) -> tuple[RunningJob[Dataset], ...]:
        """Begins a new dataset from several ZIPs: one job each, one after the other. The first that can be
        read makes the dataset, to which the others are added.

        joins : True to add them to the dataset that an upload before them makes, which has not ended. sizes : bytes
            of each ZIP, where they are known before it is fetched.

        Raises what `create` does; so does each job.
        """
        if not _is_repeated():
            await self._shares.check(owner_id, datasets=1)
        target = (self._targets.get(owner_id) if joins else None) or _Target()
        self._targets[owner_id] = target

        async def find() -> Dataset | None:
            if target.dataset is None:
                await self._shares.check(owner_id, datasets=1)
            return target.dataset

        async def keep(job: Job, reading: Reading) -> Dataset:
            if target.dataset is None:
                target.dataset = await self._create(owner_id, name, reading, job)
                return target.dataset
            return await self._datasets.add(owner_id, target.dataset.id, reading, job.id)

        async def recall(job: Job) -> Dataset:
            target.dataset = await self._recall(job)
            return target.dataset

        return tuple(
            [
                await self._runner.again(recall)
                or await self._upload(owner_id, chat_id, find, fetch, labels, keep, size=size)
                for fetch, size in zip(fetches, sizes or [0] * len(fetches), strict=True)
            ]
        )

    async def create_sample(
        self, owner_id: int, chat_id: int, name: str, labels: Mapping[str, str] | None = None
    ) -> RunningJob[Dataset]:
        """Begins the sample dataset, ready to be trained on by the default recipe: a newcomer's first
        fit takes no longer than the later ones.

        labels : its classes' names in another language. Raises what `create` does, and AlreadyRunning
        while the owner has an upload: nobody needs the sample twice.
        """
        if again := await self._runner.again(self._recall):
            return again
        await self._shares.check(owner_id, datasets=1)

        async def fetch(path: Path, on_progress: OnProgress) -> None:
            await self._drawing.draw_sample_dataset(path, on_progress, labels)

        async def find() -> None:
            return None

        async def keep(job: Job, reading: Reading) -> Dataset:
            return await self._create(owner_id, name, reading, job)

        return await self._upload(
            owner_id,
            chat_id,
            find,
            fetch,
            LabelSource.FOLDERS,
            keep,
            ready_for=make_recipe(),
            in_line=False,
        )

    async def add(
        self,
        owner_id: int,
        chat_id: int,
        dataset_id: int,
        fetch: Fetch,
        labels: LabelSource = LabelSource.FOLDERS,
        *,
        size: int = 0,
    ) -> RunningJob[Dataset]:
        """Begins to add a ZIP's images to a dataset, which becomes the current one, once the owner's uploads
        before it have ended.

        size : bytes of the ZIP, 0 where they are not known before it is fetched.

        Raises DatasetNotFound. The job raises what that of `create` raises, and DatasetNotFound if the
        dataset was deleted meanwhile.
        """
        if again := await self._runner.again(self._recall):
            return again
        dataset = await self._datasets.get(owner_id, dataset_id)

        async def find() -> Dataset:
            return dataset

        async def keep(job: Job, reading: Reading) -> Dataset:
            return await self._datasets.add(owner_id, dataset_id, reading, job.id)

        return await self._upload(owner_id, chat_id, find, fetch, labels, keep, size=size)

    async def _upload(
        self,
        owner_id: int,
        chat_id: int,
        find: Callable[[], Awaitable[Dataset | None]],
        fetch: Fetch,
        labels: LabelSource,
        keep: Keep,
        *,
        ready_for: Recipe | None = None,
        in_line: bool = True,
        size: int = 0,
    ) -> RunningJob[Dataset]:
        """find : the dataset that is added to, asked for when the job's turn has come. ready_for : the recipe
        whose features are computed before the dataset is there, if that is possible in
        PREPARATION_LIMIT_S. size : bytes that will be fetched, 0 where they are not known."""

        fetched = self._fetched()

        async def work(folder: Path, on_progress: OnProgress) -> Reading:
            to = await find()
            archive = fetched or folder / "archive"
            if not await asyncio.to_thread(archive.exists):
                await self._shares.check_upload(owner_id, size)
                await fetch(folder / "fetching", on_progress)
                await asyncio.to_thread((folder / "fetching").replace, archive)
            fetched_bytes = (await asyncio.to_thread(archive.stat)).st_size
            await self._shares.check(owner_id, photos=1, bytes_=fetched_bytes)
            known = await self.files_of(to, folder) if to else None
            out = self._files.staging(folder) / "reading"
            key = await self._files.key(owner_id)
            reading = await self._reading.read_archive(
                archive, labels, known, out, on_progress, key
            )
            await self._shares.check(owner_id, photos=reading.images)
            if ready_for:
                await self._prepare(reading, key, ready_for, on_progress)
            return reading

        return await self._runner.submit(
            owner_id, JobKind.UPLOAD, chat_id, work, keep, in_line=in_line
        )

    def _fetched(self) -> Path | None:
        """Where the bytes of the upload that is begun now are kept for another attempt; None where there
        will be none."""
        current = origin.get()
        if current is None:
            return None
        return self._files.fetched((current.update_id, current.peek(JOBS)))

    async def _recall(self, job: Job) -> Dataset:
        """What a done upload has made."""
        return await self._datasets.get(job.owner_id, job.result or 0)

    async def _prepare(
        self, reading: Reading, key: Key | None, recipe: Recipe, on_progress: OnProgress
    ) -> None:
        """Computes the features in the reading's own cache, which becomes part of the owner's with it.
        A failure costs nothing but time: the fit computes what is missing."""
        files = DatasetFiles(reading.examples, reading.photos, reading.cache, key=key)
        try:
            async with asyncio.timeout(PREPARATION_LIMIT_S):
                await self._training.extract(files, recipe, on_progress)
        except (LukoshkoError, TimeoutError):
            logger.exception("a dataset comes without its features")

    async def _create(self, owner_id: int, name: str, reading: Reading, job: Job) -> Dataset:
        stem = " ".join(name.split())[:NAME_STEM_LENGTH]
        for number in range(1, self._shares.limits.datasets + 2):
            try:
                candidate = stem if number == 1 else f"{stem} {number}"
                return await self._datasets.create(owner_id, candidate, reading, job.id)
            except NameTaken:
                continue
        raise NameTaken(name=stem)

    # Choosing ------------------------------------------------------------------------------------

    async def list(self, owner_id: int) -> tuple[Dataset, ...]:
        """The owner's datasets, newest first."""
        return await self._datasets.list(owner_id)

    async def get(self, owner_id: int, dataset_id: int) -> Dataset:
        """One of the owner's datasets. Raises DatasetNotFound."""
        return await self._datasets.get(owner_id, dataset_id)

    async def current(self, user: User) -> Dataset:
        """The dataset that the user's commands work on: the one that was chosen, else the only one, as that of a
        group. Raises NoDataset, NoDatasetChosen."""
        if user.dataset_id is not None:
            return await self._datasets.get(user.id, user.dataset_id)
        kept = await self._datasets.list(user.id)
        if not kept:
            raise NoDataset
        if len(kept) > 1:
            raise NoDatasetChosen
        return kept[0]

    async def choose(self, owner_id: int, dataset_id: int) -> Dataset:
        """Makes the dataset the owner's current one. Raises DatasetNotFound."""
        await self._users.set_dataset(owner_id, dataset_id)
        return await self._datasets.get(owner_id, dataset_id)

    async def rename(self, owner_id: int, dataset_id: int, name: str) -> Dataset:
        """Gives the dataset another name. Raises DatasetNotFound, NameTaken, NameInvalid."""
        return await self._datasets.rename(owner_id, dataset_id, name)

    async def delete(self, owner_id: int, dataset_id: int) -> Dataset:
        """Deletes the dataset with its photos and its live model, and returns what it was; its other models
        stay. If it was the current one, the newest of the others becomes it.

        Raises DatasetNotFound, and AlreadyRunning while the owner has a job: it may need the dataset.
        """
        dataset = await self._datasets.get(owner_id, dataset_id)
        await self._datasets.delete(owner_id, dataset_id)
        await self._housekeeping.tidy_if_possible()
        return dataset

    # Looking -------------------------------------------------------------------------------------

    async def describe(self, dataset: Dataset) -> Description:
        """The dataset in figures, with what its last reading left out and noted.

        Raises DatasetEmpty, DatasetNotFound and the workers' errors.
        """
        check_not_empty(dataset)
        skipped, notes, seconds = await self._datasets.last_reading(dataset.owner_id, dataset.id)
        async with self._listed(dataset) as files:
            description = await self._reading.describe(files)
        return replace(description, skipped=skipped, notes=notes, seconds=seconds)

    async def table(self, dataset: Dataset, *, has_decimal_comma: bool = False) -> bytes:
        """The dataset's examples as a CSV in UTF-8 with a byte order mark, one row each.

        has_decimal_comma : numbers as 0,5, and semicolons between the columns.

        Raises DatasetEmpty, DatasetNotFound and the workers' errors.
        """
        check_not_empty(dataset)
        async with self._listed(dataset) as files:
            table = Path(files.listing).with_name("table.csv")
            await self._reading.write_table(files, table, has_decimal_comma=has_decimal_comma)
            return await asyncio.to_thread(table.read_bytes)

    async def sheet(self, dataset: Dataset, *, others: bool) -> bytes:
        """A sheet of samples as PNG: the last one that was drawn, unless there is none or `others` are
        wanted. Raises DatasetEmpty, DatasetNotFound and the workers' errors."""
        check_not_empty(dataset)
        digest = dataset.sheet
        if digest is None or others:
            digest = await self._draw_sheet(dataset)
        return await self._files.read(dataset.owner_id, digest)

    async def files_of(self, dataset: Dataset, folder: Path) -> DatasetFiles:
        """The dataset as a worker sees it: its examples as they are now are listed in a file in the
        folder. Raises DatasetNotFound."""
        owner_id, listing = dataset.owner_id, folder / f"examples-{dataset.id}"
        photos, cache = await self._files.photos(owner_id), await self._files.cache(owner_id)
        await self._datasets.write_listing(owner_id, dataset.id, listing, cache.key)
        negatives = await self._datasets.negatives(owner_id, dataset.id)
        return DatasetFiles(str(listing), str(photos.path), str(cache.path), negatives, cache.key)

    async def _draw_sheet(self, dataset: Dataset) -> str:
        async with self._listed(dataset) as files:
            sheet = Path(files.listing).with_name("sheet.png")
            await self._drawing.draw_sheet(files, secrets.randbits(32), sheet)
            digest = await self._files.put(dataset.owner_id, sheet)
        await self._datasets.set_sheet(dataset.owner_id, dataset.id, digest)
        return digest

    @asynccontextmanager
    async def _listed(self, dataset: Dataset) -> AsyncIterator[DatasetFiles]:
        """The dataset as a worker sees it, for the length of the block."""
        async with self._files.scratch() as folder:
            yield await self.files_of(dataset, folder)


def _is_repeated() -> bool:
    """True where an update is handled again after a crash: what it asked for was allowed then."""
    current = origin.get()
    return current is not None and current.is_replay
