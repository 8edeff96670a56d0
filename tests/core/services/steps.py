"""Steps that several of these tests share: upload, fit, fetch."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

from core.entities import Dataset, Model, Progress
from core.ports import OnProgress
from core.services.services import Services
from tests.core.learning import CLASSICAL

OWNER, STRANGER, CHAT = 1, 2, 10

Fetch = Callable[[Path, OnProgress], Awaitable[None]]


def ignore(progress: Progress) -> None:
    pass


def fetching(archive: Path) -> Fetch:
    """As a download does: writes the archive to a path."""

    async def fetch(path: Path, on_progress: OnProgress) -> None:
        shutil.copyfile(archive, path)

    return fetch


async def upload(
    services: Services, archive: Path, name: str = "fruits", owner_id: int = OWNER
) -> Dataset:
    return await services.datasets.create(owner_id, CHAT, name, fetching(archive), ignore)


async def fit(
    services: Services, dataset: Dataset, name: str | None = None, *, curve: bool = False
) -> Model:
    return await services.fits.fit(dataset, CHAT, CLASSICAL, name, ignore, curve=curve)


def photo(data: bytes) -> Callable[[Path], Awaitable[None]]:
    async def fetch(path: Path) -> None:
        await asyncio.to_thread(path.write_bytes, data)

    return fetch


def failing(error: Exception) -> Callable[[Path], Awaitable[None]]:
    async def fetch(path: Path) -> None:
        raise error

    return fetch
