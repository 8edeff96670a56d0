"""The folder of a node, of which only the cleaning matters here."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from core.jobs import lodging
from core.jobs.carrying import Apart
from core.jobs.node import FOLDER
from core.mirror import Mirror
from core.objects import Bucket


async def test_a_disk_that_fails_once_does_not_end_the_cleaning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("obstore", reason="needs requirements-dev.txt")
    loop, cleaned = asyncio.get_running_loop(), asyncio.Event()
    failures = [OSError(5, "Input/output error")]

    def drop_unused(_: Mirror, for_s: float) -> None:
        if failures:
            raise failures.pop()
        loop.call_soon_threadsafe(cleaned.set)

    monkeypatch.setenv(FOLDER, str(tmp_path))
    monkeypatch.setattr(lodging, "UNUSED_S", 0.01)
    monkeypatch.setattr(Mirror, "drop_unused", drop_unused)
    bucket = Bucket.of("s3://bucket", {"AWS_REGION": "tests"})
    place = lodging.Lodging(Apart(bucket, 1000, {}))
    cleaning = asyncio.create_task(place.keep_small())
    await asyncio.wait(
        [cleaning, waiting := asyncio.create_task(cleaned.wait())],
        return_when=asyncio.FIRST_COMPLETED,
    )
    for task in (cleaning, waiting):
        task.cancel()
    place._claim.close()
    assert cleaned.is_set()
    assert "Input/output error" in caplog.text
