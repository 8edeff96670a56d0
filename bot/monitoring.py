"""`/healthz` and `/metrics` on the loopback, for the operator's monitoring."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from socket import create_server

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from tornado.httpserver import HTTPServer
from tornado.web import Application, RequestHandler

from bot import metrics
from bot.arrivals import Arrivals
from bot.heartbeat import is_alive
from bot.memory import tree_bytes
from core.entities import JobKind

LOOK_S = 0.5

#: Tasks that run and that wait, by the lane's name.
Loads = Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class Sources:
    """Where the figures come from that are read when they are asked for.

    heartbeat : the file that `bot.heartbeat.beat` touches. waiting : how many updates wait.
    jobs : the kind of each job that has not ended, and how many there are. loads : of the lanes.
    """

    data_dir: Path
    heartbeat: Path
    arrivals: Arrivals
    waiting: Callable[[], int]
    jobs: Callable[[], Mapping[JobKind, int]]
    loads: Callable[[], Loads]


class Monitor:
    """Watches the event loop and the arrival of updates, and brings the gauges up to date."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._asked = -1
        self._asked_at = time.monotonic()

    async def watch(self) -> None:
        """Looks twice a second, until it is cancelled."""
        while True:
            due = time.monotonic() + LOOK_S
            await asyncio.sleep(LOOK_S)
            metrics.LOOP_LAG.observe(max(0.0, time.monotonic() - due))
            self._see_asked()

    def poll_age_s(self) -> float:
        """Seconds since Telegram was asked for updates, to half a second."""
        self._see_asked()
        return time.monotonic() - self._asked_at

    async def trouble(self) -> str:
        """What keeps updates from being received; empty while they can be."""
        if not await asyncio.to_thread(is_alive, self._sources.heartbeat):
            return "no update can be received"
        if trouble := self._sources.arrivals.trouble:
            return f"Telegram can't deliver: {trouble}"
        return ""

    async def metrics(self) -> bytes:
        """All figures in Prometheus's text format."""
        sources = self._sources
        metrics.POLL_AGE.set(self.poll_age_s())
        metrics.WAITING_UPDATES.set(sources.waiting())
        metrics.RUNNING_JOBS.clear()
        for kind, number in sources.jobs().items():
            metrics.RUNNING_JOBS.labels(kind).set(number)
        for lane, (running, waiting) in sources.loads().items():
            metrics.TASKS.labels(lane, "running").set(running)
            metrics.TASKS.labels(lane, "waiting").set(waiting)
        return await asyncio.to_thread(self._written)

    def _written(self) -> bytes:
        metrics.FREE_DISK.set(shutil.disk_usage(self._sources.data_dir).free)
        memory = tree_bytes()
        if memory is not None:
            metrics.MEMORY.set(memory)
        return generate_latest(metrics.REGISTRY)

    def _see_asked(self) -> None:
        asked = self._sources.arrivals.asked
        if asked != self._asked:
            self._asked, self._asked_at = asked, time.monotonic()


class _Health(RequestHandler):
    def initialize(self, monitor: Monitor) -> None:
        self._monitor = monitor

    async def get(self) -> None:
        trouble = await self._monitor.trouble()
        self.set_status(503 if trouble else 200)
        self.write(
            {
                "status": trouble or "ok",
                "poll_age_s": round(self._monitor.poll_age_s(), 1),
            }
        )


class _Metrics(RequestHandler):
    def initialize(self, monitor: Monitor) -> None:
        self._monitor = monitor

    async def get(self) -> None:
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        self.write(await self._monitor.metrics())


@asynccontextmanager
async def monitoring(port: int, sources: Sources) -> AsyncIterator[int]:
    """Serves on this port of the loopback (0 takes a free one), which it gives, for the length of the
    block. Raises OSError where the port is taken."""
    listening = create_server(("127.0.0.1", port))
    listening.setblocking(False)
    monitor = Monitor(sources)
    routes = [
        (path, handler, {"monitor": monitor})
        for path, handler in (("/healthz", _Health), ("/metrics", _Metrics))
    ]
    server = HTTPServer(Application(routes, log_function=lambda _: None))
    server.add_socket(listening)
    watching = asyncio.create_task(monitor.watch())
    try:
        yield listening.getsockname()[1]
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        server.stop()
        await server.close_all_connections()
