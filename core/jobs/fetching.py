"""A runner over a mirror: sealed files that a task reads are brought here before it runs, and what it has written is
kept afterwards.

Workers reach no network. Which model and which features a task reads is told by its arguments; which photos, a task
says itself by PhotoMissing: they are fetched, and it runs again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from core.entities import photo_path
from core.errors import PhotoMissing
from core.jobs.runner import Call, LaneName, Runner
from core.jobs.tasks import TaskByName
from core.mirror import Mirror
from core.ports import DatasetFiles
from core.sealed import Stored, name_of
from core.tree_names import CACHE

T = TypeVar("T")
M = TypeVar("M")

_FILES = "files"


class FetchingRunner:
    """Fulfils `core.jobs.runner.Runner` by another one whose workers see the mirror's folder."""

    def __init__(self, runner: Runner, mirror: Mirror) -> None:
        self._runner = runner
        self._mirror = mirror

    def processes(self, lane: LaneName) -> int:
        return self._runner.processes(lane)

    def is_full(self, lane: LaneName) -> bool:
        return self._runner.is_full(lane)

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
            await to_its_end(
                lambda: held.enter_context(self._mirror.holding(wanted.files, wanted.caches))
            )
            while True:
                try:
                    return await self._runner.run(
                        lane, call, deadline_s=deadline_s, on_message=on_message
                    )
                except PhotoMissing as error:
                    if not await to_its_end(partial(self._fetch, error, wanted, held)):
                        raise
        finally:
            try:
                for cache in wanted.changed:
                    await to_its_end(partial(self._mirror.keep_changes, cache))
            finally:
                await to_its_end(held.close)

    def _fetch(self, error: PhotoMissing, wanted: Wanted, held: ExitStack) -> bool:
        """Brings photos here; False if none of them is anywhere."""
        digests = (error.sha256, *error.others)
        paths = [
            photos.path / photo_path(name_of(digest, photos.key))
            for photos in wanted.photos
            for digest in digests
        ]
        absent = [path for path in paths if not path.exists()]
        held.enter_context(self._mirror.holding(absent))
        return any(path.exists() for path in absent)


@dataclass(frozen=True)
class Wanted:
    """What a call reads and writes of a mirror.

    caches : the beginnings of paths of what can be computed again. changed : folders of that which the task writes.
    photos : where the photos are that it may ask for.
    """

    files: tuple[Path, ...]
    caches: tuple[Path, ...]
    changed: tuple[Path, ...]
    photos: tuple[Stored, ...]


def wanted_of(call: Call[Any, Any], root: Path) -> Wanted:
    stored = [one for one in _stored(call) if one.path.is_relative_to(root)]
    caches = [one.path for one in stored if one.path.name == CACHE]
    reads, changes = None, False
    if isinstance(call.task, TaskByName):
        reads, changes = call.task.reads_cache, call.task.changes_cache
    return Wanted(
        files=tuple(one.path for one in stored if one.path.parent.name == _FILES),
        caches=() if reads is None else tuple(path / reads for path in caches),
        changed=tuple(caches) if changes else (),
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
    """Does it in a thread, which can't be stopped: a cancellation waits for its end."""
    doing = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        await asyncio.wait([doing])
        raise
