"""Deleted files leave the disk while the bot runs."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from bot.housekeeping import keep_tidy
from storage import Storage
from tests.storage.factories import put_file

SOON_S = 0.01


async def test_a_file_that_nobody_names_goes_without_a_restart(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    storage = await Storage.open(tmp_path)
    path = storage.files.path(await put_file(storage, b"deleted"))
    away = (tmp_path / "files").rename(tmp_path / "away")
    tidying = asyncio.create_task(keep_tidy(storage.files, SOON_S))
    async with asyncio.timeout(20):
        while "could not be deleted" not in caplog.text:  # noqa: ASYNC110
            await asyncio.sleep(SOON_S)
        # A failure does not end it.
        away.rename(tmp_path / "files")
        assert path.exists(), "young files stay"
        os.utime(path, (0, 0))
        while path.exists():  # noqa: ASYNC110 (a folder has no event to wait for)
            await asyncio.sleep(SOON_S)
    assert not tidying.done()
    tidying.cancel()
    await asyncio.wait([tidying])
    await storage.close()
