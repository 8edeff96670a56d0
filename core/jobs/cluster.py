"""The runner on a cluster: Ray places lanes on nodes, carries calls to them, and notices dead machines.

Lanes stay the only thing that kills (`core.jobs.host`). Measured on two cores with Ray 2.60: a Ray task that
is cancelled takes its worker along, and the next one waits 3.9 s for new imports.

The bot is connected directly, and not by Ray's client (`ray://` in Ray's own words): that is one more process
for every call to pass and has no way to wait for an answer without a thread. So Ray runs on the bot's machine too.

`core.jobs.nodes` speaks with each node.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import ray
from ray.exceptions import RayError, RayTaskError

from core.errors import (
    JobCancelled,
    ServiceBusy,
    TimeLimitExceeded,
    WorkerCrashed,
)
from core.jobs import tasks
from core.jobs.bundles import Folders
from core.jobs.carrying import Apart
from core.jobs.host import Setup
from core.jobs.local import MAX_EXTRACTIONS
from core.jobs.nodes import Node, NodeLost, Request, connect, nodes_with_cores, reached
from core.jobs.parcels import packed_call
from core.jobs.placement import Placement, subject_of
from core.jobs.rights import Rights
from core.jobs.runner import Call, LaneName

T = TypeVar("T")
M = TypeVar("M")

logger = logging.getLogger(__name__)

WATCH_S = 0.5
"""Between two looks at which nodes there are."""

START_LIMIT_S = 180.0
"""For a node to start its processes: seconds where nothing else runs."""

NO_NODE_LIMIT_S = 30.0
"""So long a call waits for the first node to come."""

REFUSED_S = 10.0
"""After which a node that could not be used is tried again."""

MAX_WAITING = 100
_WITNESS = ".lukoshko-cluster"


class ClusterRunner:
    """Fulfils `core.jobs.runner.Runner` on all nodes of a Ray cluster that have CPUs.

    address : HOST:PORT of the cluster's head. folders : those of the bot that every node must see, at the
    same paths. warm_rights, preload : as for `core.jobs.local.LocalRunner`. apart : where nodes see no folder of the
    bot; then calls come from a `core.jobs.carrying.CarryingRunner`.
    """

    def __init__(
        self,
        address: str,
        folders: Sequence[Path] = (),
        warm_rights: Rights | None = None,
        preload: Sequence[str] = tasks.MODULES,
        apart: Apart | None = None,
    ) -> None:
        self._address = address
        self._warm_rights = warm_rights
        self._preload = tuple(preload)
        self._apart = apart
        self._witnesses = {str(folder / _WITNESS): secrets.token_hex() for folder in folders}
        self._placement = Placement()
        self._nodes: dict[str, Node] = {}
        self._opening: dict[str, asyncio.Task[None]] = {}
        self._has_nodes = asyncio.Event()
        self._unanswered = dict.fromkeys(LaneName, 0)
        self._watching: asyncio.Task[None] | None = None
        self._has_connected = False
        self._closed = False

    async def start(self) -> None:
        """Connects to the cluster, once its head answers, and waits for its first node. Raises what Ray does,
        as RuntimeError for a wrong token."""
        await asyncio.to_thread(self._leave_witnesses)
        await reached(self._address)
        # In a thread also because Ray would else take the process's signals.
        self._has_connected = await asyncio.to_thread(connect, self._address)
        self._watching = asyncio.create_task(self._watch())
        with suppress(TimeoutError):
            async with asyncio.timeout(NO_NODE_LIMIT_S):
                await self._has_nodes.wait()
        if not self._nodes:
            logger.warning("The cluster at %s has no node that can be used yet", self._address)

    async def close(self) -> None:
        """Ends all work on all nodes. Calls that run or wait raise JobCancelled, as do later ones."""
        if self._closed:
            return
        self._closed = True
        self._has_nodes.set()
        self._placement.close()
        ending = [*self._opening.values(), *filter(None, [self._watching])]
        for task in ending:
            task.cancel()
        for node in self._nodes.values():
            node.end(JobCancelled())
        if ending:
            await asyncio.wait(ending)
        if self._has_connected:
            await asyncio.to_thread(ray.shutdown)
        await asyncio.to_thread(self._remove_witnesses)

    def processes(self, lane: LaneName) -> int:
        return max(1, self._placement.places(lane))

    def is_full(self, lane: LaneName) -> bool:
        return self._placement.is_full(lane)

    def loads(self) -> Mapping[str, tuple[int, int]]:
        """How many tasks run and how many wait, by the lane's name."""
        return {lane.value: self._placement.load(lane) for lane in LaneName}

    @property
    def nodes(self) -> Mapping[str, Any]:
        """The actors of the nodes that are in use, by Ray's id of the node."""
        return {name: node.actor for name, node in self._nodes.items()}

    async def run(
        self,
        lane: LaneName,
        call: Call[M, T],
        *,
        deadline_s: float,
        on_message: Callable[[M], None] | None = None,
    ) -> T:
        """As `Runner.run`. A call whose node dies is made once more on another one, within what is left of
        its deadline; then it raises WorkerCrashed."""
        if self._unanswered[lane] >= self._most(lane):
            raise ServiceBusy
        self._unanswered[lane] += 1
        try:
            await self._wait_for_nodes()
            request = Request(lane, packed_call(call, self._folders), call.promise, on_message)
            answer: T = await self._run(request, subject_of(lane, call), deadline_s)
            return answer
        finally:
            self._unanswered[lane] -= 1

    @property
    def _folders(self) -> Folders:
        """Those of the bot in which a node has others."""
        return self._apart.folders if self._apart else {}

    async def _run(self, request: Request, subject: str | None, deadline_s: float) -> Any:
        loop = asyncio.get_running_loop()
        try:
            name = await self._placement.take(request.lane, subject)
            ends = loop.time() + deadline_s
            with suppress(NodeLost):
                return await self._ask(name, request, deadline_s)
            logger.warning("A task of lane %s is made once more on another node", request.lane)
            async with asyncio.timeout_at(ends):
                name = await self._placement.take(request.lane, subject)
            return await self._ask(name, request, max(0.0, ends - loop.time()))
        except (TimeoutError, TimeLimitExceeded):
            raise TimeLimitExceeded(deadline_s) from None
        except NodeLost:
            raise WorkerCrashed(None) from None

    async def _ask(self, name: str, request: Request, deadline_s: float) -> Any:
        """Asks this node, on which a place was taken."""
        node = self._nodes[name]
        try:
            return await node.run(request, deadline_s)
        except NodeLost:
            self._lose(node)
            raise
        finally:
            self._placement.give_back(request.lane, name)

    def _most(self, lane: LaneName) -> int:
        """Calls that may run or wait."""
        waiting = MAX_EXTRACTIONS * self.processes(lane)
        return self.processes(lane) + (waiting if lane is LaneName.FEATURES else MAX_WAITING)

    async def _wait_for_nodes(self) -> None:
        """Raises ServiceBusy where there is no node for long, and JobCancelled if the runner is closed."""
        try:
            async with asyncio.timeout(NO_NODE_LIMIT_S):
                await self._has_nodes.wait()
        except TimeoutError:
            raise ServiceBusy from None
        if self._closed:
            raise JobCancelled

    # Nodes ----------------------------------------------------------------------------------------

    async def _watch(self) -> None:
        """Opens the nodes that come, for ever, and gives up those that are gone."""
        while True:
            try:
                alive = await asyncio.to_thread(nodes_with_cores)
            except RayError:
                logger.exception("The nodes of the cluster can't be listed")
            else:
                for node in [node for name, node in self._nodes.items() if name not in alive]:
                    self._lose(node)
                for name in set(alive) - set(self._nodes) - set(self._opening):
                    self._opening[name] = asyncio.create_task(self._keep(name, alive[name]))
            await asyncio.sleep(WATCH_S)

    async def _keep(self, name: str, cores: int) -> None:
        """Opens the node and looks after it until it is lost."""
        try:
            node = await self._opened(name, cores)
            if node is None:
                await asyncio.sleep(REFUSED_S)
                return
            self._nodes[name] = node
            self._placement.join(name, places_of(cores))
            self._has_nodes.set()
            logger.info("Node %s is in use with %d cores", name, cores)
            with suppress(NodeLost):
                await node.beat()
            self._lose(node)
        finally:
            del self._opening[name]

    async def _opened(self, name: str, cores: int) -> Node | None:
        """None where the node can't be used, which is logged."""
        setup = Setup(
            cores,
            self._preload,
            self._warm_rights,
            self._witnesses,
            os.environ.get("LUKOSHKO_CACHE"),
            _umask(),
            self._apart,
        )
        node = Node(name)
        try:
            async with asyncio.timeout(START_LIMIT_S):
                unseen = await node.call(node.actor.open.remote(setup))
        except (NodeLost, RayTaskError, TimeoutError) as error:
            logger.warning("Node %s could not be opened: %r", name, error)
        except asyncio.CancelledError:
            node.end(NodeLost())
            raise
        else:
            if not unseen:
                return node
            logger.error(
                "Node %s does not see the bot's folder %s, so it gets no work: "
                "mount it there, at the same path",
                name,
                " and ".join(unseen),
            )
        node.end(NodeLost())
        return None

    def _lose(self, node: Node) -> None:
        if self._nodes.get(node.name) is node:
            logger.warning("Node %s is lost", node.name)
            del self._nodes[node.name]
            self._placement.leave(node.name)
            if not self._nodes:
                self._has_nodes.clear()
        node.end(NodeLost())

    def _leave_witnesses(self) -> None:
        for path, content in self._witnesses.items():
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_text(content)

    def _remove_witnesses(self) -> None:
        for path in self._witnesses:
            Path(path).unlink(missing_ok=True)


def places_of(cores: int) -> dict[LaneName, int]:
    """How many tasks of each lane run at once on a node, as its `core.jobs.host` has it."""
    heavy, quick = cores, max(2, cores)
    return {
        LaneName.QUICK: quick,
        LaneName.READS: quick,
        LaneName.FITS: heavy,
        LaneName.FEATURES: heavy,
    }


def _umask() -> int:
    """Of this process; it can't be read without setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
