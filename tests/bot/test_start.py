"""The start: a failure in the background is logged."""

from __future__ import annotations

import asyncio

import pytest

from bot.__main__ import log_failed_start


async def test_workers_that_do_not_start_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def start() -> None:
        raise OSError("no process can be started")

    warming = asyncio.create_task(start())
    warming.add_done_callback(log_failed_start)
    await asyncio.wait([warming])

    assert "workers could not be started" in caplog.text
    assert "no process can be started" in caplog.text
