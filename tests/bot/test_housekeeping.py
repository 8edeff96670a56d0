"""Deleted files leave the disk while the bot runs."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from bot.housekeeping import keep_tidy
from core.jobs.compute import make_compute
from core.services.housekeeping import Housekeeping
from storage import Storage
from tests.memory.runner import ThreadRunner

SOON_S = 0.01


async def test_a_file_that_nobody_names_goes_without_a_restart(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    storage = await Storage.open(tmp_path)
    await storage.users.get(1, "en")
    async with storage.files.scratch() as folder:
        (folder / "file").write_bytes(b"deleted")
        digest = await storage.files.put(1, folder / "file")
        path = (await storage.files.stored(1, digest)).path
    tree = tmp_path / "sealed"
    away = tree.rename(tmp_path / "away")
    runner = ThreadRunner()
    housekeeping = Housekeeping(
        storage.files, storage.jobs, storage.suggestions, make_compute(runner).reading
    )
    tidying = asyncio.create_task(keep_tidy(housekeeping, SOON_S))
    async with asyncio.timeout(20):
        while "could not be deleted" not in caplog.text:  # noqa: ASYNC110
            await asyncio.sleep(SOON_S)
        # A failure does not end it.
        away.rename(tree)
        assert path.exists(), "young files stay"
        os.utime(path, (0, 0))
        while path.exists():  # noqa: ASYNC110 (a folder has no event to wait for)
            await asyncio.sleep(SOON_S)
    assert not tidying.done()
    tidying.cancel()
    await asyncio.wait([tidying])
    await runner.close()
    await storage.close()
