"""The bot's side of a node of a cluster: calls to its actor, and whether it is lost; and the connection to Ray.

Only this module and `core.jobs.cluster` import Ray; nothing imports them unless COMPUTE names a cluster.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from core.errors import JobCancelled, LukoshkoError, ResultUnreadable
from core.jobs.answers import Promise, decode
from core.jobs.host import Host
from core.jobs.parcels import Frames, cut
from core.jobs.runner import LaneName
from core.jobs.wire import MESSAGE, RESULT

logger = logging.getLogger(__name__)

BEAT_S = 2.0
BEAT_LIMIT_S = 15.0
"""A node that is silent for so long is given up. Ray itself takes 12 s and more where a machine is gone, and
never gives up a process that hangs."""

CONNECT_PAUSE_S = 0.5
"""Between two attempts to reach the head."""

_CONCURRENCY = 10_000


class NodeLost(Exception):
    """The node died, or can't be reached."""


@dataclass(frozen=True)
class Request:
    """A call on its way. packed : it as `packed_call` gives it."""

    lane: LaneName
    packed: bytes
    promise: Promise
    on_message: Callable[[Any], None] | None


class Node:
    """The bot's side of a node: its actor, which is never started again, and whether it is lost."""

    _numbers = itertools.count()

    def __init__(self, name: str) -> None:
        self.name = name
        self.actor = (
            ray.remote(Host)
            .options(
                num_cpus=0,
                max_restarts=0,
                max_task_retries=0,
                max_concurrency=_CONCURRENCY,
                scheduling_strategy=NodeAffinitySchedulingStrategy(name, soft=False),
            )
            .remote()
        )
        # Carries the error that all its calls then raise.
        self._end: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._end.add_done_callback(_retrieve)

    def end(self, reason: Exception) -> None:
        """Kills the node's processes, if it lives. Its calls raise the reason."""
        if not self._end.done():
            self._end.set_exception(reason)
            with suppress(RayError):
                ray.kill(self.actor)

    async def call(self, reference: Any) -> Any:
        """What a method of the actor returns. Raises NodeLost, what `end` was told, or RayTaskError."""
        answer = asyncio.ensure_future(_answer(reference))
        answer.add_done_callback(_retrieve)
        await asyncio.wait([answer, self._end], return_when=asyncio.FIRST_COMPLETED)
        if self._end.done():
            self._end.result()
        return answer.result()

    async def beat(self) -> None:
        """Tells the node that the bot lives, and raises NodeLost when it does not answer any more."""
        with suppress(TimeoutError, JobCancelled):
            while True:
                async with asyncio.timeout(BEAT_LIMIT_S):
                    await self.call(self.actor.beat.remote())
                await asyncio.sleep(BEAT_S)

    async def run(self, request: Request, deadline_s: float) -> Any:
        """Has the node run the call. One that is cancelled, or whose answer can't be read, ends once its
        process is dead."""
        number = next(self._numbers)
        try:
            return await self._run(number, request, deadline_s)
        except (asyncio.CancelledError, ResultUnreadable):
            await self._cancel(number)
            raise

    async def _run(self, number: int, request: Request, deadline_s: float) -> Any:
        *parts, last = cut(request.packed)
        actor = self.actor
        if parts:
            taken = [actor.take.remote(number, at, part) for at, part in enumerate(parts)]
            await asyncio.gather(*map(self.call, taken))
        frames = Frames()
        pieces = await self.call(actor.run.remote(number, request.lane.value, deadline_s, last))
        while True:
            for piece in pieces:
                if frame := frames.add(piece):
                    kind, content = frame
                    if kind != MESSAGE:
                        return await _read(kind, content, request.promise)
                    _deliver(content, request)
            pieces = await self.call(actor.more.remote(number))

    async def _cancel(self, number: int) -> None:
        """Returns when the call's process is dead."""
        ending = asyncio.ensure_future(self.call(self.actor.cancel.remote(number)))
        ending.add_done_callback(_retrieve)
        while not ending.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([ending])


async def _answer(reference: Any) -> Any:
    """What Ray's reference stands for. Raises NodeLost, or RayTaskError where the method has a fault."""
    try:
        return await reference
    except RayTaskError:
        raise
    except RayError as error:
        raise NodeLost(str(error)) from None


async def _read(kind: bytes, content: bytes, promise: Promise) -> Any:
    """The result of a call. Raises its error."""
    if kind == RESULT:
        return await asyncio.to_thread(decode, content, promise.result)
    raise decode(content, LukoshkoError)


def _deliver(content: bytes, request: Request) -> None:
    message = decode(content, request.promise.message)
    if request.on_message is not None:
        try:
            request.on_message(message)
        except Exception:
            logger.exception("A message of a task was not handled")


def _retrieve(future: asyncio.Future[Any]) -> None:
    """Marks the future's error, if any, as retrieved."""
    if not future.cancelled():
        future.exception()


async def reached(address: str) -> None:
    """Waits until the head takes connections: where it does not for 80 s, Ray ends the process."""
    host, _, port = address.rpartition(":")
    is_told = False
    while True:
        try:
            _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
        except OSError as error:
            if not is_told:
                logger.warning("The cluster at %s does not answer yet: %s", address, error)
            is_told = True
            await asyncio.sleep(CONNECT_PAUSE_S)
        else:
            writer.close()
            return


def connect(address: str) -> bool:
    """Connects this process to the cluster; False if it was connected. Raises what Ray does, as RuntimeError for
    a wrong token."""
    if ray.is_initialized():
        return False
    ray.init(
        address=address,
        log_to_driver=False,
        configure_logging=False,
    )
    return True


def nodes_with_cores() -> dict[str, int]:
    """The cores of the living nodes that have any, by Ray's id of the node."""
    cores = {
        node["NodeID"]: int(node["Resources"].get("CPU", 0))
        for node in ray.nodes()
        if node["Alive"]
    }
    return {name: count for name, count in cores.items() if count}
