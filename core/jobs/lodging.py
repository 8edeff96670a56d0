"""The files of a node that shares no folder with the bot: a part of what is kept, and the work of its calls.

Both are in a folder of the node's own, which is emptied when a node begins: what is kept of people in it is sealed, as
in the bucket, and the keys come with the calls and stay in memory; work in progress is not sealed, as on one machine.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO
from uuid import uuid4

from core.jobs.bundles import Folders, files_below, moved, pack, unpack
from core.jobs.carrying import INPUT, OUTPUT, Apart, Carried
from core.jobs.fetching import FetchingRunner, to_its_end
from core.jobs.local import LocalRunner
from core.jobs.node import FOLDER
from core.jobs.parcels import unpacked_call
from core.jobs.places import with_paths
from core.jobs.rights import Rights, paths_of
from core.jobs.runner import Call, LaneName
from core.mirror import Mirror
from core.objects import SEALED, WORK, Objects

if os.name == "posix":
    import fcntl

logger = logging.getLogger(__name__)

UNUSED_S = 3600.0
"""What was not used for so long leaves the node: it may have been deleted from the bucket."""


class Lodging:
    """The folder of a node, for one process at a time."""

    def __init__(self, apart: Apart) -> None:
        self.folder, self._claim = _claimed(Path(os.environ.get(FOLDER) or tempfile.gettempdir()))
        self._bots = apart.folders
        self._objects = Objects.of(apart.bucket)
        self._mirror = Mirror(self.folder / SEALED, self._objects.within(SEALED), apart.cache_bytes)
        for name in (SEALED, WORK):
            shutil.rmtree(self.folder / name, ignore_errors=True)
            (self.folder / name).mkdir(mode=0o700)

    @property
    def rights(self) -> Rights:
        """What a process that answers everybody's photos may reach."""
        return Rights((str(self.folder / SEALED),), (str(self.folder / WORK),))

    async def serve(
        self,
        runner: LocalRunner,
        lane: LaneName,
        request: bytes,
        deadline_s: float,
        on_message: Callable[[Any], Awaitable[None]],
    ) -> Any:
        """What a call returns, with the bot's paths; what it has written is in the bucket, also where it fails."""
        work = self.folder / WORK / uuid4().hex
        folders = {name: work / name for name in self._bots} | {SEALED: self._mirror.root}
        carried: Carried[Any, Any] = unpacked_call(request, folders)

        def back(path: Path) -> Path:
            return moved(path, folders, self._bots)

        async def report(message: Any) -> None:
            await on_message(with_paths(message, back))

        try:
            before = await to_its_end(partial(self._receive, carried, folders, work))
            fetching = FetchingRunner(runner, self._mirror)
            call: Call[Any, Any] = Call(carried.task, carried.arguments)
            try:
                answer = await fetching.run(
                    lane,
                    call,
                    deadline_s=deadline_s,
                    on_message=report,  # type: ignore[arg-type]
                )
            except Exception:
                try:
                    await to_its_end(partial(self._send, carried, folders, work, before))
                except Exception:
                    logger.exception("what a call has written that failed is lost")
                raise
            await to_its_end(partial(self._send, carried, folders, work, before))
            return with_paths(answer, back)
        finally:
            await asyncio.to_thread(shutil.rmtree, work, ignore_errors=True)

    async def keep_small(self) -> None:
        """Drops, for ever, what nobody uses any more."""
        while True:
            await asyncio.sleep(UNUSED_S / 4)
            try:
                await asyncio.to_thread(self._mirror.drop_unused, UNUSED_S)
            except OSError:
                logger.exception("what was deleted may be on this node until the next cleaning")

    def _receive(
        self, carried: Carried[Any, Any], folders: Folders, work: Path
    ) -> dict[Path, tuple[int, int]]:
        """Brings the files that the call names, and makes the folders that it writes into; what is there then."""
        for path in paths_of(carried.arguments):
            if path.is_relative_to(work):
                path.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=self.folder / WORK) as folder:
            bundle = Path(folder) / INPUT
            self._bundles(carried).get(INPUT, bundle)
            unpack(bundle, carried.key, folders)
        return {path: _state(path) for path in files_below(work)}

    def _send(
        self,
        carried: Carried[Any, Any],
        folders: Folders,
        work: Path,
        before: dict[Path, tuple[int, int]],
    ) -> None:
        """Takes what is new or changed to the bucket, if anything is."""
        written = [path for path in files_below(work) if before.get(path) != _state(path)]
        if not written:
            return
        with TemporaryDirectory(dir=self.folder / WORK) as folder:
            bundle = Path(folder) / OUTPUT
            pack(folders, written, carried.key, bundle)
            self._bundles(carried).put(OUTPUT, bundle)

    def _bundles(self, carried: Carried[Any, Any]) -> Objects:
        return self._objects.within(WORK).within(carried.bundles)


def _state(path: Path) -> tuple[int, int]:
    status = path.lstat()
    return status.st_size, status.st_mtime_ns


def _claimed(base: Path) -> tuple[Path, BinaryIO]:
    """A folder for this process, and the open file that says so: another process on this machine takes another one,
    and after the death of this one the next process takes it again."""
    user = os.getuid() if hasattr(os, "getuid") else 0
    for number in count():
        folder = base / f"lukoshko-node-{user}-{number}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid != user:
            continue  # somebody else's
        file = (folder / ".claim").open("wb")
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return folder, file
        file.close()
    raise AssertionError("there is always another number")
