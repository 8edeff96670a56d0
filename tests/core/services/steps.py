"""Steps that several of these tests share: upload, fit, fetch."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from core import sealed
from core.datasets.listing import read_listing
from core.entities import Dataset, Example, Model
from core.ports import Files, OnProgress
from core.ports import StoragePorts as Ports
from core.services.jobs import RunningJob
from core.services.services import Services
from tests.core.learning import CLASSICAL

OWNER, STRANGER, CHAT = 1, 2, 10
BUDGET_S = 20.0

Fetch = Callable[[Path, OnProgress], Awaitable[None]]

only_real = pytest.mark.parametrize("fulfilment", ["real"], indirect=True)
"""For tests of what memory and threads do not have; each says what that is."""


def fetching(archive: Path) -> Fetch:
    """As a download does: writes the archive to a path."""

    async def fetch(path: Path, on_progress: OnProgress) -> None:
        await asyncio.to_thread(shutil.copyfile, archive, path)

    return fetch


class Endless:
    """A download that begins and never ends."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()

    async def __call__(self, path: Path, on_progress: OnProgress) -> None:
        self.begun.set()
        await asyncio.Event().wait()


async def upload(
    services: Services, archive: Path, name: str = "fruits", owner_id: int = OWNER
) -> Dataset:
    running = await services.datasets.create(owner_id, CHAT, name, fetching(archive))
    return await running.result()


async def add(services: Services, dataset: Dataset, archive: Path) -> Dataset:
    running = await services.datasets.add(dataset.owner_id, CHAT, dataset.id, fetching(archive))
    return await running.result()


async def fit(
    services: Services, dataset: Dataset, name: str | None = None, *, curve: bool = False
) -> Model:
    running = await services.fits.fit(dataset, CHAT, CLASSICAL, name, curve=curve)
    return await running.result()


async def has_progress(running: RunningJob[Any]) -> None:
    """Returns when the work has reported how far it is."""
    async with asyncio.timeout(60):
        while running.progress.stage == "start":  # noqa: ASYNC110 (progress is looked at, not sent)
            await asyncio.sleep(0.005)


async def examples_of(storage: Ports, dataset: Dataset) -> Mapping[str, Example]:
    """The dataset's examples by the names of their files."""
    async with storage.files.scratch() as folder:
        listing = folder / "examples"
        key = await storage.files.key(dataset.owner_id)
        await storage.datasets.write_listing(dataset.owner_id, dataset.id, listing, key)
        return {example.name: example for example in read_listing(listing, key)}


async def photo_files(files: Files, owner_id: int = OWNER) -> set[str]:
    """The digests of the photos whose bytes are on the disk."""
    photos = await files.photos(owner_id)
    found = photos.path.glob("??/*")
    return {sealed.digest_of(sealed.read(path, photos.key)) for path in found}


def is_empty(folder: Path) -> bool:
    return not any(folder.iterdir())


def photo(data: bytes) -> Callable[[Path], Awaitable[None]]:
    async def fetch(path: Path) -> None:
        await asyncio.to_thread(path.write_bytes, data)

    return fetch


def failing(error: Exception) -> Callable[[Path], Awaitable[None]]:
    async def fetch(path: Path) -> None:
        raise error

    return fetch
