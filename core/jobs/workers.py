"""Lanes: queues of tasks, each served by processes that can be killed.

Written here because the libraries that were measured fall short. `ProcessPoolExecutor` cannot kill
a task: the next one waits behind it. pebble 5.2.3 kills, but its pool breaks for good when an idle
worker is killed, when one dies while it sends a large result, or when an exception does not
unpickle. Here a deadline, a cancellation and a crash are all handled as the death of a process, and
a process serves one task at a time, so that no other task is affected.

One thread per process talks to it with blocking reads: unlike readers on the event loop this works
on Windows too, and a large result is received and unpickled outside the loop. Nothing in the thread
needs a time-out, since killing the process ends every read.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from core.errors import JobCancelled, ServiceBusy, TimeLimitExceeded, WorkerCrashed
from core.jobs.child import Conditions
from core.jobs.endings import its_end
from core.jobs.limits import MEMORY_IS_LIMITED
from core.jobs.process import WorkerDied, WorkerProcess
from core.jobs.rights import Rights
from core.jobs.turns import Turns

T = TypeVar("T")
R = TypeVar("R")

logger = logging.getLogger(__name__)

# A process that does not begin its task in this time (stopped, or stuck in its imports) is killed.
_START_LIMIT_S = 60.0

# Processes that die before they begin a task are replaced; so many in a row are a fault of the program.
_ATTEMPTS = 5

# A warm process that served nobody for so long makes room for a fresh one, which shares all its memory with
# the fork server: networks and models kept 140–240 MB a process for ever.
RECYCLED_AFTER_S = 300.0


class Lane:
    """One queue of tasks and the processes that serve it: people in turn, each one's tasks in order.

    processes : how many tasks run side by side.
    memory_bytes : the address space that a process may take, its imports included (Linux).
    warm : processes stay and serve many tasks, the caches of their modules with them; otherwise each
        task gets a fresh process.
    preload : modules that a process imports before its first task and outside its memory limit.
    max_waiting : how many tasks may wait for a process.
    niceness : its processes run at a priority lower by this, 0–19 (not on Windows).
    recycled_after_s : a warm process that is idle for so long is replaced by a fresh one.
    rights : what warm processes may reach of the files, None for all; others may what their task's arguments
        name.
    """

    def __init__(
        self,
        name: str,
        *,
        processes: int,
        memory_bytes: int,
        warm: bool,
        preload: Sequence[str] = (),
        max_waiting: int = 100,
        niceness: int = 0,
        recycled_after_s: float = RECYCLED_AFTER_S,
        rights: Rights | None = None,
    ) -> None:
        self._name = name
        self._processes = processes
        self._warm = warm
        self._conditions = Conditions(memory_bytes, tuple(preload), niceness, warm, rights)
        self._max_calls = processes + max_waiting
        self._calls = 0
        self._slots = Turns(processes)
        self._idle: list[WorkerProcess] = []
        self._busy: set[WorkerProcess] = set()
        # Idle processes that have served, and when each is replaced.
        self._rests: dict[WorkerProcess, asyncio.TimerHandle] = {}
        self._recycled_after_s = recycled_after_s
        # Idle processes on the way, in a lane that was started: a fresh one for each that ended.
        self._starting: set[asyncio.Task[None]] = set()
        self._starts_ahead = False
        self._threads = ThreadPoolExecutor(processes, thread_name_prefix=name)
        self._closed = False

    async def start(self) -> None:
        """Starts the processes ahead of the first task, and from now on the next ones ahead of theirs.
        Tasks may come without it, and wait longer."""
        if not MEMORY_IS_LIMITED:
            logger.warning("Lane %s: this system enforces no memory limit on tasks", self._name)
        self._starts_ahead = True
        await asyncio.gather(*(self._start_idle() for _ in range(self._processes)))

    @property
    def is_full(self) -> bool:
        """True if another task would have to wait."""
        return self._slots.locked()

    @property
    def load(self) -> tuple[int, int]:
        """How many tasks run, and how many wait for a process."""
        return min(self._calls, self._processes), max(0, self._calls - self._processes)

    async def run(
        self,
        task: Callable[..., T],
        /,
        *args: object,
        deadline_s: float,
        on_message: Callable[[Any], Awaitable[None] | None] | None = None,
    ) -> T:
        """Calls `task(*args, report)` in a process and returns what it returns.

        task : a function of a module's top level. Its `report` sends a message; `on_message` is called
            with each in the event loop's thread, in order, all before the result is there. Where it
            returns something to await, the next message is read after that.
        deadline_s : seconds from the task's start (not from this call) to the death of its process.

        A cancelled call ends once its process is dead. Raises the LukoshkoError that the task raised,
        TaskFailed for any other error, MemoryLimitExceeded, TimeLimitExceeded, WorkerCrashed,
        ResultUnreadable, ServiceBusy if too many wait, and JobCancelled if the lane is closed.
        """
        if self._calls >= self._max_calls:
            raise ServiceBusy
        self._calls += 1
        try:
            async with self._slots:
                return await self._serve(_Call(task, args, deadline_s, _deliverer(on_message)))
        finally:
            self._calls -= 1

    async def close(self) -> None:
        """Kills all processes. Calls that run or wait raise JobCancelled, as do later ones."""
        if self._closed:
            return
        self._closed = True
        for worker in self._busy:
            worker.kill()
        # All places are there once nothing runs; who waits finds the lane closed.
        for _ in range(self._processes):
            await self._slots.acquire()
        if self._starting:
            await asyncio.wait(self._starting)
        while self._idle:
            await self._in_thread(self._woken().end)
        self._threads.shutdown()
        for _ in range(self._processes):
            self._slots.release()

    async def _serve(self, call: _Call[T]) -> T:
        """Answers the call, with another process where one dies before it began the task."""
        exit_code = None
        for attempt in range(_ATTEMPTS):
            if self._closed:
                raise JobCancelled
            worker = await self._next_worker(fresh=attempt > 0)
            try:
                return await self._ask(worker, call)
            except WorkerDied as death:
                if death.started and not self._closed:
                    raise WorkerCrashed(death.exit_code) from None
                exit_code = death.exit_code
        raise WorkerCrashed(exit_code)

    async def _ask(self, worker: WorkerProcess, call: _Call[T]) -> T:
        """Asks one process; afterwards it is dead or waits for the next task."""
        self._busy.add(worker)
        try:
            if self._closed:
                raise JobCancelled
            return await self._answer(worker, call)
        finally:
            self._busy.discard(worker)
            if self._warm and worker.reusable:
                self._rest(worker)
            else:
                await self._in_thread(worker.end)
                self._start_ahead()

    async def _answer(self, worker: WorkerProcess, call: _Call[T]) -> T:
        """Asks under the deadline. Deadline and cancellation both kill the process and wait for its
        end."""
        loop = asyncio.get_running_loop()

        def set_deadline() -> None:
            if not limit.expired():
                limit.reschedule(loop.time() + call.deadline_s)

        def ask() -> T:
            answer: T = worker.ask(
                call.task,
                call.args,
                call.deadline_s,
                on_start=lambda: loop.call_soon_threadsafe(set_deadline),
                on_message=call.deliver,
            )
            return answer

        try:
            async with asyncio.timeout(_START_LIMIT_S) as limit:
                return await self._in_thread(ask, on_cancel=worker.kill)
        except TimeoutError:
            raise TimeLimitExceeded(call.deadline_s) from None

    async def _next_worker(self, *, fresh: bool) -> WorkerProcess:
        """An idle process, else the next one that has started, else one that starts now.

        fresh : True where an idle one was dead, since the others may be too.
        """
        if fresh and not self._starting:
            return await self._start()
        while self._starting and (fresh or not self._idle):
            await asyncio.wait(self._starting, return_when=asyncio.FIRST_COMPLETED)
            fresh = False
        return self._woken() if self._idle else await self._start()

    def _rest(self, worker: WorkerProcess) -> None:
        """The process waits for its next task, and is replaced if none comes."""
        loop = asyncio.get_running_loop()
        self._idle.append(worker)
        self._rests[worker] = loop.call_later(self._recycled_after_s, self._recycle, worker)

    def _woken(self) -> WorkerProcess:
        """The process that was busy last, so that the others get their rest."""
        worker = self._idle.pop()
        if resting := self._rests.pop(worker, None):
            resting.cancel()
        return worker

    def _recycle(self, worker: WorkerProcess) -> None:
        self._idle.remove(worker)
        del self._rests[worker]
        ending = asyncio.create_task(self._replace(worker))
        self._starting.add(ending)
        ending.add_done_callback(self._started)

    async def _replace(self, worker: WorkerProcess) -> None:
        await self._in_thread(worker.end)
        if self._starts_ahead and not self._closed:
            await self._start_idle()

    def _start_ahead(self) -> None:
        """Starts a process for a later task, which then need not wait for it."""
        if self._starts_ahead and not self._closed:
            starting = asyncio.create_task(self._start_idle())
            self._starting.add(starting)
            starting.add_done_callback(self._started)

    def _started(self, starting: asyncio.Task[None]) -> None:
        self._starting.discard(starting)
        if not starting.cancelled() and (error := starting.exception()):
            logger.error("Lane %s: a process could not be started", self._name, exc_info=error)

    async def _start_idle(self) -> None:
        self._idle.append(await self._start())

    async def _start(self) -> WorkerProcess:
        started: list[WorkerProcess] = []

        def start() -> None:
            started.append(WorkerProcess(self._name, self._conditions))

        try:
            await self._in_thread(start)
        except asyncio.CancelledError:
            self._idle += started  # it exists now, and can serve the next task
            raise
        return started[0]

    async def _in_thread(
        self, function: Callable[[], R], on_cancel: Callable[[], object] = lambda: None
    ) -> R:
        """Calls the function in a thread and waits for its end, also when cancelled.

        A cancellation calls `on_cancel` at once and is raised after that end.
        """
        loop = asyncio.get_running_loop()
        return await its_end(loop.run_in_executor(self._threads, function), on_cancel)


@dataclass(frozen=True)
class _Call(Generic[T]):
    task: Callable[..., T]
    args: Sequence[object]
    deadline_s: float
    deliver: Callable[[Any], None]


def _deliverer(
    on_message: Callable[[Any], Awaitable[None] | None] | None,
) -> Callable[[Any], None]:
    """Wraps `on_message` for another thread, which waits until the event loop has called it.

    So a flood of messages fills the pipe and slows down its task, not the loop.
    """
    if on_message is None:
        return lambda message: None
    loop = asyncio.get_running_loop()

    async def call(message: object) -> None:
        if (handling := on_message(message)) is not None:
            await handling

    def deliver(message: object) -> None:
        try:
            asyncio.run_coroutine_threadsafe(call(message), loop).result()
        except Exception:
            logger.exception("A message of a task was not handled")

    return deliver
