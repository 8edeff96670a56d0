"""A runner over a mirror: sealed files that a task reads are brought here before it runs, and what it has written is
kept afterwards.

Workers reach no network. Which model and which features a task reads is told by its arguments; which photos, a task
says itself by PhotoMissing: they are fetched, and it runs again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from core.entities import photo_path
from core.errors import FilesAway, PhotoMissing
from core.jobs.endings import its_end
from core.jobs.runner import Call, LaneName, OuterRunner, Runner
from core.jobs.tasks import TaskByName
from core.mirror import Mirror
from core.ports import DatasetFiles
from core.sealed import Stored, name_of
from core.tree_names import CACHE

T = TypeVar("T")
M = TypeVar("M")

_FILES = "files"


class FetchingRunner(OuterRunner):
    """Fulfils `core.jobs.runner.Runner` by another one whose workers see the mirror's folder."""

    def __init__(self, runner: Runner, mirror: Mirror) -> None:
        super().__init__(runner)
        self._mirror = mirror

    async def run(
        self,
        lane: LaneName,
        call: Call[M, T],
        *,
        deadline_s: float,
        on_message: Callable[[M], None] | None = None,
    ) -> T:
        """As `Runner.run`. Raises FilesAway too."""
        wanted = wanted_of(call, self._mirror.root)
        held = ExitStack()
        try:
            await to_its_end(partial(self._hold, wanted, held))
            answer: T = await self._run(lane, call, deadline_s, on_message, wanted, held)
        except BaseException:
            with suppress(FilesAway):  # said already, or the log says it
                await to_its_end(held.close)
            raise
        await to_its_end(held.close)
        return answer

    async def _run(
        self,
        lane: LaneName,
        call: Call[M, T],
        deadline_s: float,
        on_message: Callable[[M], None] | None,
        wanted: Wanted,
        held: ExitStack,
    ) -> T:
        """Runs the call, once more where it asks for photos."""
        asked: set[Path] = set()
        while True:
            try:
                return await self._runner.run(
                    lane, call, deadline_s=deadline_s, on_message=on_message
                )
            except PhotoMissing as error:
                paths = wanted.photos_of(error)
                # Each once: one that is here and can't be read would be asked for again and again.
                new, asked = paths - asked, asked | paths
                if not await to_its_end(partial(self._fetch, new, held)):
                    raise

    def _hold(self, wanted: Wanted, held: ExitStack) -> None:
        for cache in wanted.caches:
            held.enter_context(
                self._mirror.using(cache, reads=wanted.reads, changes=wanted.changes)
            )
        held.enter_context(self._mirror.holding(wanted.files))

    def _fetch(self, photos: Collection[Path], held: ExitStack) -> bool:
        """Brings photos here; False if none of them is anywhere.

        One that is here by now counts: another task has brought it since this one looked.
        """
        held.enter_context(self._mirror.holding(photos))
        return any(path.exists() for path in photos)


@dataclass(frozen=True)
class Wanted:
    """What a call reads and writes of a mirror.

    caches : folders of what can be computed again, if the task reads or changes anything there. reads, changes : as
    `Mirror.using`. photos : where the photos are that it may ask for.
    """

    files: tuple[Path, ...]
    caches: tuple[Path, ...]
    reads: str | None
    changes: bool
    photos: tuple[Stored, ...]

    def photos_of(self, error: PhotoMissing) -> set[Path]:
        """Where the photos would be that it asks for."""
        return {
            photos.path / photo_path(name_of(digest, photos.key))
            for photos in self.photos
            for digest in (error.sha256, *error.others)
        }


def wanted_of(call: Call[Any, Any], root: Path) -> Wanted:
    stored = [one for one in _stored(call) if one.path.is_relative_to(root)]
    reads, changes = None, False
    if isinstance(call.task, TaskByName):
        reads, changes = call.task.reads_cache, call.task.changes_cache
    is_used = reads is not None or changes
    return Wanted(
        files=tuple(one.path for one in stored if one.path.parent.name == _FILES),
        caches=tuple(one.path for one in stored if is_used and one.path.name == CACHE),
        reads=reads,
        changes=changes,
        photos=tuple(one for one in stored if one.path.name == "photos"),
    )


def _stored(call: Call[Any, Any]) -> Iterator[Stored]:
    for argument in call.arguments:
        match argument:
            case Stored():
                yield argument
            case DatasetFiles():
                yield Stored(Path(argument.photos), argument.key)
                yield Stored(Path(argument.cache), argument.key)


async def to_its_end(work: Callable[[], T]) -> T:
    """Does it in a thread, which can't be stopped: cancellations wait for its end."""
    return await its_end(asyncio.ensure_future(asyncio.to_thread(work)))
