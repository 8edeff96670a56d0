"""A runner without processes: tasks run one after the other in a thread of this process."""

from __future__ import annotations

import asyncio
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from core.errors import JobCancelled, LukoshkoError, TaskFailed, TimeLimitExceeded
from core.jobs.answers import Promise, decode, encode
from core.jobs.runner import Call, LaneName
from core.jobs.wire import pack, unpack

T = TypeVar("T")
M = TypeVar("M")


class _Abandoned(BaseException):
    """Nobody waits for the task any more; raised in its thread, where it reports."""


class ThreadRunner:
    """Fulfils `core.jobs.runner.Runner` as well as a thread can.

    As in processes: requests are pickled, answers read by their type, messages come in order and before the result, an
    unexpected error becomes TaskFailed, and a call that was cancelled or is past its deadline raises
    when the task has ended.

    Not as in processes: a thread can't be killed, so such a task goes on until it next reports or is
    through, and one that does neither is waited for without end. Memory is not limited, nothing
    crashes, and tasks of all lanes run one at a time, because libraries keep filters of warnings and
    the state of random numbers for the whole process.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="tasks")
        self._free = asyncio.Lock()
        self._is_closed = False

    async def close(self) -> None:
        """Waits for the tasks that were begun. Later calls raise JobCancelled."""
        self._is_closed = True
        async with self._free:
            self._thread.shutdown()

    def processes(self, lane: LaneName) -> int:
        return 1

    def is_full(self, lane: LaneName) -> bool:
        return self._free.locked()

    async def run(
        self,
        lane: LaneName,
        call: Call[M, T],
        *,
        deadline_s: float,
        on_message: Callable[[M], None] | None = None,
    ) -> T:
        async with self._free:
            if self._is_closed:
                raise JobCancelled
            is_abandoned = threading.Event()
            report = _reporter(on_message, is_abandoned, call.promise)
            task = asyncio.wrap_future(self._thread.submit(_answer, unpack(pack(call)), report))
            try:
                done, _ = await asyncio.wait([task], timeout=deadline_s)
            finally:
                is_abandoned.set()
                # It may still write to the caller's folder.
                await asyncio.wait([task])
                task.exception()  # of no interest where the caller is gone
        if not done:
            raise TimeLimitExceeded(limit_s=deadline_s)
        answer: T = _carried(task.result(), call.promise.result)
        return answer


def _reporter(
    on_message: Callable[[M], None] | None, is_abandoned: threading.Event, promise: Promise
) -> Callable[[M], None]:
    """Delivers a task's messages in the event loop's thread."""
    loop = asyncio.get_running_loop()

    def report(message: M) -> None:
        if is_abandoned.is_set():
            raise _Abandoned
        if on_message:
            loop.call_soon_threadsafe(on_message, _carried(message, promise.message))

    return report


def _answer(call: Call[M, T], report: Callable[[M], None]) -> T:
    try:
        return call(report)
    except LukoshkoError:
        raise
    except _Abandoned:
        raise JobCancelled from None
    except BaseException as error:
        summary = traceback.format_exception_only(error)[-1].strip()
        raise TaskFailed(summary, traceback.format_exc()) from None


def _carried(value: Any, kind: Any) -> Any:
    """The value as it would be on the other side of a process border. Raises ResultUnreadable."""
    return decode(encode(value), kind)
