"""The lanes of one node of a cluster, as Ray hosts them: one asynchronous actor per node.

Ray carries calls to it and notices its death. Deadlines and cancellations stay those of the lanes.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from core.errors import JobCancelled
from core.jobs.answers import encode
from core.jobs.carrying import Apart
from core.jobs.child import packed
from core.jobs.local import LocalRunner
from core.jobs.lodging import Lodging
from core.jobs.parcels import PIECE_BYTES, Piece, pieces_of
from core.jobs.rights import Rights
from core.jobs.runner import LaneName
from core.jobs.wire import ERROR, MESSAGE, RESULT, unpack
from core.objects import widen_default_executor

SILENCE_LIMIT_S = 30.0
"""A node that hears nothing of the bot for so long ends its work: the bot's machine is gone, and another one
may have begun the same."""

_PIECES_KEPT = 64
_PR_SET_PDEATHSIG = 1
# Nobody reads it: its caller is cancelled.
_CANCELLED: list[Piece] = [(ERROR, packed(JobCancelled()))]


@dataclass(frozen=True)
class Setup:
    """What a node needs to know of the bot.

    cores : so many tasks of a kind run side by side. witnesses : files that it must see, with their content;
    cache : the folder of networks that workers build. umask : of the files that it writes. apart : where it shares no
    folder with the bot.
    """

    cores: int
    preload: tuple[str, ...]
    warm_rights: Rights | None
    witnesses: Mapping[str, str]
    cache: str | None
    umask: int
    apart: Apart | None = None


class Host:
    """The lanes of this node. Its methods are called by `core.jobs.cluster`."""

    def __init__(self) -> None:
        _end_with_parent()
        _forget_main_module()
        self._calls: dict[int, _Served] = {}
        self._parts: dict[int, dict[int, bytes]] = {}
        # Cancelled before they came: Ray keeps no order.
        self._cancelled: set[int] = set()
        self._runner: LocalRunner | None = None
        self._lodging: Lodging | None = None
        self._cleaning: asyncio.Task[None] | None = None
        self._silence: asyncio.TimerHandle | None = None

    async def open(self, setup: Setup) -> tuple[str, ...]:
        """Starts the lanes. Returns the folders of the bot that this machine does not see; then nothing is
        started."""
        os.umask(setup.umask)
        unseen = [path for path, content in setup.witnesses.items() if _content(path) != content]
        if unseen:
            return tuple(str(Path(path).parent) for path in unseen)
        cache, rights = setup.cache, setup.warm_rights
        if setup.apart:
            widen_default_executor(asyncio.get_running_loop())
            self._lodging = Lodging(setup.apart)
            cache, rights = str(self._lodging.folder / "cache"), self._lodging.rights
        if cache:
            os.environ["LUKOSHKO_CACHE"] = cache
        self._runner = LocalRunner(
            quick_processes=max(2, setup.cores),
            preload=setup.preload,
            warm_rights=rights,
            heavy_processes=setup.cores,
        )
        if self._lodging:
            self._cleaning = asyncio.create_task(self._lodging.keep_small())
        await self._runner.start()
        # Only now: the bot is silent until this has returned, which takes a busy machine more than half a minute.
        await self.beat()
        return ()

    async def beat(self) -> None:
        """Tells that the bot lives."""
        if self._silence:
            self._silence.cancel()
        self._silence = asyncio.get_running_loop().call_later(SILENCE_LIMIT_S, os._exit, 1)

    async def take(self, number: int, position: int, part: bytes) -> None:
        """Takes a part of the request of a call that follows."""
        self._parts.setdefault(number, {})[position] = part

    async def run(self, number: int, lane: str, deadline_s: float, last: bytes) -> list[Piece]:
        """Begins a call, whose request is the parts that were taken and this one; then as `more`."""
        if self._runner is None:
            raise RuntimeError("a host is opened before it runs anything")
        parts = self._parts.pop(number, {})
        if number in self._cancelled:
            self._cancelled.discard(number)
            return _CANCELLED
        request = b"".join((*(parts[position] for position in sorted(parts)), last))
        serve = partial(self._lodging.serve if self._lodging else _serve, self._runner)
        served = self._calls[number] = _Served(serve, LaneName(lane), deadline_s, request)
        return await self._next(number, served)

    async def more(self, number: int) -> list[Piece]:
        """Waits for what the call says next, and returns it and what there is besides."""
        return (
            await self._next(number, self._calls[number]) if number in self._calls else _CANCELLED
        )

    async def cancel(self, number: int) -> None:
        """Ends the call; returns when its process is dead. Does nothing where it has ended."""
        self._parts.pop(number, None)
        if served := self._calls.pop(number, None):
            await served.cancel()
        else:
            self._cancelled.add(number)

    async def loads(self) -> Mapping[str, tuple[int, int]]:
        """As `LocalRunner.loads`."""
        return self._runner.loads() if self._runner else {}

    async def _next(self, number: int, served: _Served) -> list[Piece]:
        pieces = await served.next()
        if pieces[-1][0] in (RESULT, ERROR):
            self._calls.pop(number, None)
        return pieces


class _Served:
    """A call that runs here, and what it has said that was not fetched yet."""

    def __init__(
        self, serve: Callable[..., Any], lane: LaneName, deadline_s: float, request: bytes
    ) -> None:
        # With a limit, so that a flood of messages slows down its task and fills no memory.
        self._said: asyncio.Queue[Piece] = asyncio.Queue(_PIECES_KEPT)
        self._first: Piece | None = None
        self._is_heard = True
        self._work = asyncio.create_task(self._serve(serve, lane, deadline_s, request))

    async def next(self) -> list[Piece]:
        """At least one piece, and others as far as they fit into one message."""
        pieces = [self._first or await self._said.get()]
        self._first = None
        size = len(pieces[0][1])
        while not self._said.empty():
            piece = self._said.get_nowait()
            size += len(piece[1])
            if size > PIECE_BYTES:
                self._first = piece
                break
            pieces.append(piece)
        return pieces

    async def cancel(self) -> None:
        self._is_heard = False
        self._work.cancel()
        while not self._work.done():
            # A thread may wait until its message is taken, and ends after that.
            while not self._said.empty():
                self._said.get_nowait()
            await asyncio.wait([self._work], timeout=0.01)
        self._said.put_nowait(_CANCELLED[0])  # for who waits for more

    async def _serve(
        self, serve: Callable[..., Any], lane: LaneName, deadline_s: float, request: bytes
    ) -> None:
        async def report(message: object) -> None:
            await self._say(MESSAGE, encode(message))

        kind, answer = RESULT, b""
        try:
            result = await serve(lane, request, deadline_s, report)
            answer = await asyncio.to_thread(encode, result)
        except Exception as error:
            kind, answer = ERROR, packed(error)
        await self._say(kind, answer)

    async def _say(self, kind: bytes, data: bytes) -> None:
        for piece in pieces_of(kind, data):
            if self._is_heard:
                await self._said.put(piece)


async def _serve(
    runner: LocalRunner,
    lane: LaneName,
    request: bytes,
    deadline_s: float,
    on_message: Callable[[Any], Awaitable[None]],
) -> Any:
    """What a call returns, where the folders are those of the bot."""
    return await runner.run(lane, unpack(request), deadline_s=deadline_s, on_message=on_message)


def _content(path: str) -> str | None:
    with suppress(OSError):
        return Path(path).read_text()
    return None


def _end_with_parent() -> None:
    """Has this process die with Ray's process on this node, which otherwise may leave it working for more
    than a minute. The lanes die with this one."""
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() != parent:  # it died before the kernel was told
            os._exit(1)


def _forget_main_module() -> None:
    """Keeps processes of lanes from importing Ray's main module, as `multiprocessing` has them do with the
    main module of their parent: it takes 2 s."""
    main: Any = sys.modules["__main__"]
    main.__spec__ = None
    if hasattr(main, "__file__"):
        del main.__file__
