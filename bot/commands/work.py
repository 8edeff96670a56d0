"""Work that takes its time: begun by a handler, followed beside the handlers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from core.entities import Progress
from core.ports import OnProgress

T = TypeVar("T")


class Work(Generic[T]):
    """A job that is on record and runs; as a context, it ends with the block at the latest."""

    def __init__(self, make: Callable[[OnProgress], Awaitable[T]]) -> None:
        self._is_on_record = asyncio.Event()
        self._on_progress: OnProgress | None = None
        self._task = asyncio.ensure_future(make(self._receive))

    @classmethod
    async def begin(cls, make: Callable[[OnProgress], Awaitable[T]]) -> Work[T]:
        """Returns once the job is on record: from then on a killed process can tell its user.

        make : runs the job; its first progress says that it is on record.
        Raises what keeps it from being begun: AlreadyRunning, QuotaExceeded, NameTaken.
        """
        work = cls(make)
        on_record = asyncio.ensure_future(work._is_on_record.wait())
        await asyncio.wait((work._task, on_record), return_when=asyncio.FIRST_COMPLETED)
        on_record.cancel()
        if not work._is_on_record.is_set():
            await work._task
        return work

    async def result(self, on_progress: OnProgress) -> T:
        """Hands on the progress until the work is done. Raises what the work raises."""
        self._on_progress = on_progress
        return await self._task

    async def __aenter__(self) -> Work[T]:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task.cancel():
            await asyncio.wait((self._task,))

    def _receive(self, progress: Progress) -> None:
        self._is_on_record.set()
        if self._on_progress is not None:
            self._on_progress(progress)
