"""What an update costs the bot's process in CPU, with its limits on sending off.

The target is at most 4 ms. `python -m tests.bench.bench_updates [UPDATES [profile]]`: /help and others' commands
from many people, over the playground in a process of its own. Measured in turns with the library's own HTTP
client; `profile` measures the bot's alone, and shows where the time goes.
"""

from __future__ import annotations

import asyncio
import cProfile
import json
import pstats
import sys
import time
from collections.abc import Iterator, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import httpx
from telegram.request import BaseRequest, HTTPXRequest

from bot.__main__ import PLAYGROUND_TOKEN
from bot.app import make_application, serving
from bot.pace import Pace
from bot.requests import Request
from core.jobs.compute import make_compute
from core.jobs.local import LocalRunner
from core.models.baseline import FILE, baseline_model
from core.services.services import Services
from storage.keyfile import KeySettings
from storage.storage import Storage

UPDATES = 1000
ROUNDS = 3
PEOPLE = 50
BATCH = 100
COMMANDS = ("/help", "/models", "/datasets", "hello")


def play(pipe: Connection) -> None:
    """Telegram, in a process of its own."""
    from bot.playground import Playground

    async def run() -> None:
        playground = Playground(flood=None)
        pipe.send(await playground.start())
        await asyncio.to_thread(pipe.recv)
        await playground.stop()

    asyncio.run(run())


def made(first: int, count: int) -> Iterator[dict[str, Any]]:
    for number in range(first, first + count):
        person = 1000 + number % PEOPLE
        user = {"id": person, "is_bot": False, "first_name": "Anna", "language_code": "en"}
        text = COMMANDS[number % len(COMMANDS)]
        entities = [{"type": "bot_command", "offset": 0, "length": len(text)}]
        message = {
            "message_id": 1_000_000 + number,
            "date": int(time.time()),
            "chat": {"id": person, "type": "private", "first_name": "Anna"},
            "from": user,
            "text": text,
        }
        yield {"message": message | ({"entities": entities} if text[0] == "/" else {})}


async def hand_over(http: httpx.AsyncClient, updates: Sequence[dict[str, Any]]) -> None:
    for first in range(0, len(updates), BATCH):
        raw = json.dumps(updates[first : first + BATCH])
        answer = await http.post("/play/send", data={"user": "1", "chat": "private", "raw": raw})
        assert answer.status_code == 200, answer.text


async def handled(storage: Storage) -> None:
    """Returns when nothing waits."""
    quiet = 0
    while quiet < 3:
        await asyncio.sleep(0.3)
        quiet = 0 if await storage.updates.pending() else quiet + 1


class LibrarysRequest(HTTPXRequest):
    """The library's client at its best: each request looks at every connection, and twelve times for a package
    that is not there."""

    def __init__(self) -> None:
        sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]
        super().__init__(connection_pool_size=8, pool_timeout=60)


CLIENTS: dict[str, type[BaseRequest]] = {"httpx": LibrarysRequest, "aiohttp": Request}


async def measure(
    home: Path, address: str, client: str, count: int, profiler: cProfile.Profile | None = None
) -> tuple[float, float]:
    """Returns milliseconds of CPU per update, and seconds for all."""
    key = KeySettings(file=str(home / "key"))
    storage, runner = await Storage.open(home / "data", key), LocalRunner()
    services = Services(storage, make_compute(runner), 10, baseline_model(), FILE)
    with patch("bot.app.Request", CLIENTS[client]):
        application = make_application(
            PLAYGROUND_TOKEN, services, storage.updates, storage.steps, address, Pace(None)
        )
    async with (
        httpx.AsyncClient(base_url=address, timeout=60) as http,
        serving(application, services, storage.jobs),
    ):
        await hand_over(http, [*made(0, 2 * PEOPLE)])
        await handled(storage)
        cpu_s, began = time.process_time(), time.monotonic()
        if profiler:
            profiler.enable()
        await hand_over(http, [*made(2 * PEOPLE, count)])
        await handled(storage)
        if profiler:
            profiler.disable()
        cpu_s, took_s = time.process_time() - cpu_s, time.monotonic() - began
    await runner.close()
    await storage.close()
    return 1000 * cpu_s / count, took_s


def measured(client: str, count: int, profiler: cProfile.Profile | None = None) -> float:
    """Milliseconds of CPU per update, of a new bot and a new Telegram; prints a row."""
    ours, theirs = get_context("spawn").Pipe()
    playing = get_context("spawn").Process(target=play, args=(theirs,))
    playing.start()
    with TemporaryDirectory() as folder:
        cpu_ms, took_s = asyncio.run(measure(Path(folder), ours.recv(), client, count, profiler))
    ours.send("end")
    playing.join()
    print(f"| {client} | {count} | {cpu_ms:.2f} | {took_s:.1f} |", flush=True)
    return cpu_ms


def main() -> None:
    arguments = sys.argv[1:] if __name__ == "__main__" else []
    count = int(arguments[0]) if arguments else UPDATES
    print("| client | updates | CPU per update, ms | seconds |\n|---|---|---|---|")
    if "profile" in arguments:
        profiler = cProfile.Profile(time.thread_time)
        measured("aiohttp", count, profiler)
        pstats.Stats(profiler).sort_stats("tottime").print_stats(45)
        return
    rounds = [[measured(client, count) for client in CLIENTS] for _ in range(ROUNDS)]
    theirs_ms, ours_ms = (median(figures) for figures in zip(*rounds, strict=True))
    print(f"\nmedians: {theirs_ms:.2f} and {ours_ms:.2f} ms, {ours_ms / theirs_ms:.2f} of it")


if __name__ == "__main__":
    main()
