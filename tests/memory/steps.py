"""Steps that the tests of the contract share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from core import ports, sealed
from core.datasets.listing import read_listing
from core.entities import Dataset, Example, ExampleOrigin, JobKind, JobState, Model, Reading
from core.ports import StoragePorts
from tests.cards import make_fitted
from tests.memory.readings import make_reading

OWNER, STRANGER, CHAT = 1, 2, 10
FRUITS = {0: "apple", 1: "apple", 2: "груша"}


class Ports(StoragePorts, Protocol):
    """All ports of storage."""

    @property
    def updates(self) -> ports.Updates: ...

    @property
    def steps(self) -> ports.Steps: ...


class Steps:
    """What an upload, a fit and a worker do with storage."""

    def __init__(self, ports: Ports, folder: Path) -> None:
        self._ports = ports
        self._folder = folder

    async def create(
        self,
        name: str = "fruits",
        photos: Mapping[int, str] = FRUITS,
        *,
        owner_id: int = OWNER,
        test: Sequence[int] = (),
    ) -> Dataset:
        """Stores a dataset, with a job that has ended afterwards."""
        reading = make_reading(self._folder, photos, test=test)
        job = await self._ports.jobs.create(owner_id, JobKind.UPLOAD, CHAT)
        try:
            return await self._ports.datasets.create(owner_id, name, reading, job.id)
        finally:
            await self._ports.jobs.end(job.id, JobState.FAILED)

    async def add(
        self,
        dataset: Dataset,
        photos: Mapping[int, str],
        *,
        owner_id: int = OWNER,
        regrouped: Mapping[int, int] | None = None,
    ) -> Dataset:
        """Adds to a dataset, with a job that has ended afterwards."""
        reading = make_reading(self._folder, photos, regrouped=regrouped)
        job = await self._ports.jobs.create(owner_id, JobKind.UPLOAD, CHAT)
        try:
            return await self._ports.datasets.add(owner_id, dataset.id, reading, job.id)
        finally:
            await self._ports.jobs.end(job.id, JobState.FAILED)

    async def teach(
        self, dataset: Dataset, label: str, photos: Sequence[int], *, owner_id: int = OWNER
    ) -> Dataset:
        reading = self.lesson(label, photos)
        taught, _ = await self._ports.datasets.teach(owner_id, dataset.id, reading)
        return taught

    def lesson(self, label: str, photos: Sequence[int]) -> Reading:
        """A reading of photos that are taught as one class."""
        return make_reading(self._folder, dict.fromkeys(photos, label), origin=ExampleOrigin.HAND)

    async def refuse(
        self, dataset: Dataset, photos: Sequence[int], *, owner_id: int = OWNER
    ) -> Dataset:
        """Says that the photos are none of the dataset's classes."""
        reading = make_reading(self._folder, dict.fromkeys(photos, ""), origin=ExampleOrigin.HAND)
        return await self._ports.datasets.refuse(owner_id, dataset.id, reading)

    async def make_model(
        self, name: str = "first", *, owner_id: int = OWNER, file: str = "f" * 64
    ) -> Model:
        job = await self._ports.jobs.create(owner_id, JobKind.FIT, CHAT)
        try:
            return await self._ports.models.create(owner_id, name, file, make_fitted(), 0, job.id)
        finally:
            await self._ports.jobs.end(job.id, JobState.FAILED)

    async def examples(self, dataset: Dataset) -> tuple[Example, ...]:
        """The dataset's examples, in the listing's order."""
        async with self._ports.files.scratch() as folder:
            listing = folder / "examples"
            key = await self._ports.files.key(dataset.owner_id)
            await self._ports.datasets.write_listing(dataset.owner_id, dataset.id, listing, key)
            return read_listing(listing, key)

    async def ids(self, dataset: Dataset) -> list[int]:
        return [example.id for example in await self.examples(dataset)]

    async def labels(self, dataset: Dataset) -> list[str]:
        return [example.label for example in await self.examples(dataset)]

    async def photos(self, owner_id: int = OWNER) -> set[str]:
        """The digests of the photos whose bytes are on the disk."""
        photos = await self._ports.files.photos(owner_id)
        found = photos.path.glob("??/*")
        return {sealed.digest_of(sealed.read(path, photos.key)) for path in found}
