"""A runner over nodes that share no folder with the bot: work in progress travels through the bucket, too.

Before a call, the files that it names go there, and afterwards those that it has written come from there, as bundles
(`core.jobs.bundles`). What is kept of people the nodes fetch themselves (`core.jobs.lodging`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar
from uuid import uuid4
from weakref import WeakValueDictionary

from core.errors import FilesAway, LukoshkoError
from core.jobs.bundles import Folders, files_below, folder_of, pack, unpack
from core.jobs.fetching import to_its_end, wanted_of
from core.jobs.rights import paths_of
from core.jobs.runner import Call, LaneName, OuterRunner, Runner
from core.jobs.tasks import TaskByName
from core.mirror import Mirror
from core.objects import SEALED, WORK, Bucket, Objects
from core.sealed import Key, new_key

logger = logging.getLogger(__name__)

T = TypeVar("T")
M = TypeVar("M")

INPUT, OUTPUT = "input", "output"


@dataclass(frozen=True)
class Apart:
    """What a node needs to know that shares no folder with the bot.

    cache_bytes : so much of what is kept is on the node at once. folders : the bot's, by name; the one that is named
    `sealed` is that of its mirror, the others hold work in progress.
    """

    bucket: Bucket
    cache_bytes: int
    folders: Folders


@dataclass(frozen=True)
class Carried(Call[M, T]):
    """A call whose files are in the bucket. bundles : the folder of them there."""

    bundles: str
    key: Key = field(repr=False)


class CarryingRunner(OuterRunner):
    """Fulfils `core.jobs.runner.Runner` by another one, whose nodes are apart."""

    def __init__(self, runner: Runner, objects: Objects, mirror: Mirror, folders: Folders) -> None:
        super().__init__(runner)
        self._objects = objects.within(WORK)
        self._mirror = mirror
        self._folders = {name: path for name, path in folders.items() if name != SEALED}
        # Names of bundles that are to be deleted.
        self._left: set[str] = set()
        self._rewriting: WeakValueDictionary[Path, asyncio.Lock] = WeakValueDictionary()

    async def run(
        self,
        lane: LaneName,
        call: Call[M, T],
        *,
        deadline_s: float,
        on_message: Callable[[M], None] | None = None,
    ) -> T:
        """As `Runner.run`. Raises FilesAway too."""
        carried: Carried[M, T] = Carried(call.task, call.arguments, uuid4().hex, new_key())
        async with self._alone(call):
            try:
                await to_its_end(partial(self._send, carried))
                try:
                    answer: T = await self._runner.run(
                        lane, carried, deadline_s=deadline_s, on_message=on_message
                    )
                except FilesAway as error:
                    logger.warning(
                        "a node can't reach the files, reference %s in its own log", error.reference
                    )
                    raise
                except LukoshkoError:
                    # A fit that has reached its deadline may have written a model before.
                    await to_its_end(partial(self._receive, carried))
                    raise
                await to_its_end(partial(self._receive, carried))
                return answer
            finally:
                await to_its_end(partial(self._clear, carried))

    @asynccontextmanager
    async def _alone(self, call: Call[Any, Any]) -> AsyncIterator[None]:
        """Nodes have no lock between them: of the tasks that rewrite a cache one runs at a time. Copies of that
        cache here may hold what it forgets, and go."""
        is_rewriting = isinstance(call.task, TaskByName) and call.task.rewrites_cache
        caches = wanted_of(call, self._mirror.root).caches if is_rewriting else ()
        if not caches:
            yield
            return
        (cache,) = caches
        lock = self._rewriting.setdefault(cache, asyncio.Lock())
        async with lock:
            try:
                yield
            finally:
                await to_its_end(partial(self._mirror.drop_copies, cache))

    def _send(self, carried: Carried[Any, Any]) -> None:
        paths = [path for path in paths_of(carried.arguments) if folder_of(self._folders, path)]
        files = {file: None for path in paths for file in files_below(path)}
        with self._room() as folder:
            bundle = Path(folder) / INPUT
            pack(self._folders, files, carried.key, bundle)
            self._objects.put(f"{carried.bundles}/{INPUT}", bundle)

    def _receive(self, carried: Carried[Any, Any]) -> None:
        with self._room() as folder, suppress(FileNotFoundError):
            bundle = Path(folder) / OUTPUT
            self._objects.get(f"{carried.bundles}/{OUTPUT}", bundle)
            unpack(bundle, carried.key, self._folders)

    def _room(self) -> TemporaryDirectory[str]:
        """Where work is done: a bundle is as large as the files in it."""
        work = next(iter(self._folders.values()))
        work.mkdir(parents=True, exist_ok=True, mode=0o700)
        return TemporaryDirectory(prefix="bundle-", dir=work)

    def _clear(self, carried: Carried[Any, Any]) -> None:
        """Deletes the call's bundles, and those that were left when the bucket was away; their keys are gone."""
        self._left.update(f"{carried.bundles}/{name}" for name in (INPUT, OUTPUT))
        names = self._left.copy()
        with suppress(FilesAway):
            self._objects.delete(sorted(names))
            self._left.difference_update(names)
