"""Photos fetched side by side, each one's error its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

Fetch = Callable[[Path], Awaitable[None]]
"""Writes a photo to a path: its download."""


async def fetch_all(photos: Sequence[Fetch], paths: Sequence[Path]) -> list[Exception | None]:
    """Fetches all photos, and returns each one's error or None when the last has ended, so that
    none is still being written."""
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_fetch(photo, path))
            for photo, path in zip(photos, paths, strict=True)
        ]
    return [task.result() for task in tasks]


async def _fetch(photo: Fetch, path: Path) -> Exception | None:
    try:
        await photo(path)
    except Exception as error:  # any error concerns this photo alone
        return error
    return None
