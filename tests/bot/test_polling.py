"""The polling of a bot that serves a playground, and the sign of life that depends on it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from telegram.error import Conflict, InvalidToken

from bot import polling
from bot.__main__ import PLAYGROUND_TOKEN
from bot.app import make_application, serving
from bot.arrivals import Arrivals
from bot.heartbeat import beat, is_alive
from core.jobs.compute import make_compute
from core.jobs.local import LocalRunner
from core.models.baseline import FILE, baseline_model
from core.services.services import Services
from storage import Storage
from tests.playground.people import Person
from tests.storage.factories import open_database

SOON_S = 0.01


@asynccontextmanager
async def served(storage: Storage, address: str) -> AsyncIterator[Arrivals]:
    runner = LocalRunner()
    services = Services(storage, make_compute(runner), 10, baseline_model(), FILE)
    application = make_application(
        PLAYGROUND_TOKEN, services, storage.updates, storage.steps, address
    )
    try:
        async with serving(application, services, storage.jobs) as polling:
            yield polling
    finally:
        await runner.close()


@asynccontextmanager
async def beating(path: Path, polling: Arrivals, storage: Storage) -> AsyncIterator[None]:
    task = asyncio.create_task(beat(path, polling, storage.updates, SOON_S))
    yield
    assert not task.done()
    task.cancel()
    await asyncio.wait([task])


async def becomes(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 (a file has no event to wait for)
            await asyncio.sleep(SOON_S)


async def test_a_polling_is_watched_until_the_end(storage: Storage, anna: Person) -> None:
    stop = asyncio.Event()
    async with served(storage, anna.address) as polling:
        watching = asyncio.create_task(polling.until(stop))
        await becomes(lambda: polling.asked > 0)
        assert not watching.done()
        stop.set()
        await watching


async def test_of_two_processes_with_one_token_the_second_ends(
    storage: Storage, anna: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "IN_PEACE_S", 2.0)
    other = await Storage.open(tmp_path / "other")
    async with served(storage, anna.address) as first:
        watching = asyncio.create_task(first.until(asyncio.Event()))
        await asyncio.wait([watching], timeout=2.5)
        async with served(other, anna.address) as second, asyncio.timeout(60):
            with pytest.raises(Conflict):
                await second.until(asyncio.Event())
        assert not watching.done()
        watching.cancel()
        await asyncio.wait([watching])
    await other.close()


async def test_a_polling_that_ends_is_heard_of(storage: Storage, anna: Person) -> None:
    await anna.fault("getUpdates", 401, description="Unauthorized", times=2)
    with pytest.raises(InvalidToken):
        async with served(storage, anna.address) as polling:
            await polling.until(asyncio.Event())


async def test_the_heart_beats_while_telegram_is_asked(
    storage: Storage, anna: Person, tmp_path: Path
) -> None:
    path = tmp_path / "heartbeat"
    async with served(storage, anna.address) as polling, beating(path, polling, storage):
        await becomes(lambda: is_alive(path))
        os.utime(path, (0, 0))
        assert not is_alive(path)
        await anna.say("/help")
        await becomes(lambda: is_alive(path))


async def test_the_heart_beats_though_telegram_cannot_be_reached(
    storage: Storage, anna: Person, tmp_path: Path
) -> None:
    """No restart would mend that."""
    path = tmp_path / "heartbeat"
    await anna.fault("getUpdates", 0, times=3)
    async with served(storage, anna.address) as polling, beating(path, polling, storage):
        await becomes(lambda: is_alive(path))


async def test_the_heart_stands_still_while_the_journal_cannot_be_written(
    storage: Storage, anna: Person, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "heartbeat"
    with closing(open_database(tmp_path)) as other:
        async with served(storage, anna.address) as polling:
            other.execute("BEGIN IMMEDIATE")
            async with beating(path, polling, storage):
                await becomes(lambda: "no update could be received" in caplog.text)
                assert not is_alive(path)
                other.execute("ROLLBACK")
                await anna.say("/help")
                await becomes(lambda: is_alive(path))
