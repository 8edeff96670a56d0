"""The workers, with real processes: what ends a task, and that no other task is affected."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from core.errors import (
    JobCancelled,
    MemoryLimitExceeded,
    ResultUnreadable,
    ServiceBusy,
    TaskFailed,
    TimeLimitExceeded,
    TooFewPhotos,
    WorkerCrashed,
)
from core.jobs.tasks import MODULES
from core.jobs.workers import RECYCLED_AFTER_S, Lane
from tests.core import worker_tasks as tasks

GIB = 1 << 30
pytestmark = pytest.mark.usefixtures("fork_server")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux enforces it")


@asynccontextmanager
async def open_lane(
    processes: int = 1,
    warm: bool = True,
    memory_bytes: int = 2 * GIB,
    max_waiting: int = 100,
    preload: tuple[str, ...] = (tasks.__name__,),
    niceness: int = 0,
    recycled_after_s: float = RECYCLED_AFTER_S,
) -> AsyncIterator[Lane]:
    lane = Lane(
        "tests",
        processes=processes,
        memory_bytes=memory_bytes,
        warm=warm,
        preload=preload,
        max_waiting=max_waiting,
        niceness=niceness,
        recycled_after_s=recycled_after_s,
    )
    try:
        yield lane
    finally:
        await lane.close()


@pytest.fixture
async def lane() -> AsyncIterator[Lane]:
    async with open_lane() as lane:
        yield lane


async def all_started(lane: Lane) -> None:
    """Waits for the processes that the lane starts ahead."""
    while lane._starting:
        await asyncio.wait(lane._starting)


class Running:
    """A task under way whose first message is the number of its process."""

    def __init__(self, lane: Lane, task: Callable[..., Any], *args: object, deadline_s: float = 60):
        self._pid: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.call = asyncio.create_task(
            lane.run(task, *args, deadline_s=deadline_s, on_message=self._pid.set_result)
        )
        self.call.add_done_callback(lambda call: call.cancelled() or call.exception())

    async def pid(self) -> int:
        await asyncio.wait([self._pid, self.call], return_when=asyncio.FIRST_COMPLETED)
        return self._pid.result()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@asynccontextmanager
async def measured_lag() -> AsyncIterator[list[float]]:
    """Gathers by how many seconds the event loop was late while the block ran."""
    lags: list[float] = []

    async def measure() -> None:
        while True:
            due = time.perf_counter() + 0.01
            await asyncio.sleep(0.01)
            lags.append(time.perf_counter() - due)

    measuring = asyncio.create_task(measure())
    try:
        yield lags
    finally:
        measuring.cancel()


# Tasks that end well -----------------------------------------------------------------------------


async def test_a_task_returns_its_result(lane: Lane) -> None:
    assert await lane.run(tasks.add, 1, 2, deadline_s=60) == 3


async def test_messages_arrive_in_order_and_before_the_result(lane: Lane) -> None:
    messages: list[int] = []
    await lane.run(tasks.count_up, 500, deadline_s=60, on_message=messages.append)
    assert messages == list(range(500))


async def test_a_flood_of_messages_leaves_the_event_loop_responsive(lane: Lane) -> None:
    received: list[int] = []
    async with measured_lag() as lags:
        await lane.run(tasks.count_up, 5_000, deadline_s=60, on_message=received.append)
    assert len(received) == 5_000
    assert max(lags) < 0.5


async def test_a_handler_of_messages_that_fails_is_logged_and_harms_nothing(
    lane: Lane, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(message: int) -> None:
        raise ValueError(message)

    assert await lane.run(tasks.count_up, 3, deadline_s=60, on_message=fail) == 3
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [ValueError] * 3


async def test_a_large_result_arrives_whole_beside_the_event_loop(lane: Lane) -> None:
    async with measured_lag() as lags:
        result = await lane.run(tasks.make_text, 20_000_000, deadline_s=60)
    assert len(result) == 20_000_000
    assert max(lags) < 0.5


async def test_large_arguments_and_results_do_not_wait_for_each_other(lane: Lane) -> None:
    value = os.urandom(5_000_000)
    assert await lane.run(tasks.echo_bytes, value, deadline_s=60) == value


async def test_a_warm_process_stays_for_the_next_task(lane: Lane) -> None:
    assert [await lane.run(tasks.count_calls, deadline_s=60) for _ in range(3)] == [1, 2, 3]


async def test_a_started_lane_has_a_process_waiting_for_each_task() -> None:
    async with open_lane(warm=False) as lane:
        await lane.start()
        first = await lane.run(tasks.pid, deadline_s=60)
        await all_started(lane)
        (waiting,) = lane._idle
        second = await lane.run(tasks.pid, deadline_s=60)
        assert second == waiting._process.pid != first


async def test_a_task_takes_the_process_that_is_just_starting() -> None:
    async with open_lane(warm=False, processes=2) as lane:
        await lane.start()
        pids = [await lane.run(tasks.pid, deadline_s=60) for _ in range(6)]
        assert len(set(pids)) == 6
        await all_started(lane)
        assert len(lane._idle) == 2


async def test_waiting_processes_that_were_killed_are_replaced_one_for_one() -> None:
    async with open_lane(warm=False, processes=2) as lane:
        await lane.start()
        for waiting in lane._idle:
            waiting._process.kill()
            waiting._process.join()
        assert await lane.run(tasks.add, 1, 2, deadline_s=60) == 3
        await all_started(lane)
        assert len(lane._idle) == 2


async def test_a_lane_that_was_not_started_starts_nothing_ahead() -> None:
    async with open_lane(warm=False) as lane:
        await lane.run(tasks.pid, deadline_s=60)
        assert not lane._starting
        assert not lane._idle


async def test_a_cold_lane_gives_each_task_a_fresh_process() -> None:
    async with open_lane(warm=False) as lane:
        await lane.start()
        pids = [await lane.run(tasks.pid, deadline_s=60) for _ in range(3)]
    assert len(set(pids)) == 3
    assert not any(map(is_alive, pids))


async def test_a_lane_that_was_started_serves_side_by_side() -> None:
    async with open_lane(processes=2) as lane:
        await lane.start()
        first, second = Running(lane, tasks.sleep, 60, 0), Running(lane, tasks.sleep, 60, 0)
        assert await first.pid() != await second.pid()


async def test_a_nice_lane_alone_runs_at_lower_priority() -> None:
    before = os.nice(0)
    async with open_lane(niceness=5) as nice, open_lane() as other:
        assert await nice.run(tasks.niceness, deadline_s=60) == before + 5
        assert await other.run(tasks.niceness, deadline_s=60) == before


_ONE_THREAD = """
import asyncio
from core.jobs.workers import RECYCLED_AFTER_S, Lane
from tests.core import worker_tasks as tasks

async def main():
    lane = Lane("t", processes=1, memory_bytes=2**32, warm=True, preload=["tests.core.worker_tasks"])
    print(await lane.run(tasks.environment, "OPENBLAS_NUM_THREADS", deadline_s=60))
    await lane.close()

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_processes_use_one_thread_for_linear_algebra() -> None:
    """In an interpreter of its own: here another test may have started the fork server before."""
    environment = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    command = [sys.executable, "-c", _ONE_THREAD]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1"]


# The queue ---------------------------------------------------------------------------------------


async def test_tasks_are_served_in_the_order_of_their_calls(lane: Lane) -> None:
    served: list[int] = []

    async def call(number: int) -> None:
        served.append(await lane.run(tasks.echo, number, deadline_s=60))

    await asyncio.gather(*map(call, range(10)))
    assert served == list(range(10))


async def test_the_deadline_does_not_count_the_time_in_the_queue(lane: Lane) -> None:
    calls = (lane.run(tasks.sleep, 0.4, number, deadline_s=0.7) for number in range(3))
    assert await asyncio.gather(*calls) == [0, 1, 2]


async def test_a_full_queue_refuses_and_takes_calls_again_later() -> None:
    async with open_lane(max_waiting=1) as lane:
        calls = [asyncio.create_task(lane.run(tasks.echo, i, deadline_s=60)) for i in range(3)]
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert results[:2] == [0, 1]
        assert isinstance(results[2], ServiceBusy)
        assert await lane.run(tasks.echo, 3, deadline_s=60) == 3


async def test_a_call_cancelled_in_the_queue_leaves_it_at_once(lane: Lane) -> None:
    running = Running(lane, tasks.sleep, 60, 0)
    pid = await running.pid()
    waiting = asyncio.create_task(lane.run(tasks.count_calls, deadline_s=60))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert is_alive(pid)


async def test_closing_ends_what_runs_and_what_waits() -> None:
    async with open_lane() as lane:
        running = Running(lane, tasks.hold_the_gil)
        pid = await running.pid()
        waiting = [asyncio.create_task(lane.run(tasks.pid, deadline_s=60)) for _ in range(3)]
        await asyncio.sleep(0)
        await lane.close()
        ends = await asyncio.gather(running.call, *waiting, return_exceptions=True)
        assert [type(end) for end in ends] == [JobCancelled] * 4
        assert not is_alive(pid)
        with pytest.raises(JobCancelled):
            await lane.run(tasks.pid, deadline_s=60)


async def test_closing_ends_the_idle_processes() -> None:
    async with open_lane() as lane:
        pid = await lane.run(tasks.pid, deadline_s=60)
        assert is_alive(pid)
    assert not is_alive(pid)


# Errors cost their own task alone ----------------------------------------------------------------


async def test_an_error_of_ours_arrives_as_itself(lane: Lane) -> None:
    with pytest.raises(TooFewPhotos) as caught:
        await lane.run(tasks.raise_too_few_photos, deadline_s=60)
    assert caught.value.facts == {"labels": "apple", "needed": 5}


async def test_any_other_error_arrives_with_its_traceback(lane: Lane) -> None:
    with pytest.raises(TaskFailed) as caught:
        await lane.run(tasks.divide_by_zero, deadline_s=60)
    assert caught.value.summary == "ZeroDivisionError: division by zero"
    assert "return 1 / 0" in caught.value.traceback


async def test_a_task_that_leaves_the_interpreter_has_failed(lane: Lane) -> None:
    with pytest.raises(TaskFailed, match="SystemExit: 3"):
        await lane.run(tasks.leave, deadline_s=60)


@pytest.mark.parametrize(
    "task",
    [tasks.return_unpicklable, tasks.return_hostile, tasks.report_hostile, tasks.raise_hostile],
)
async def test_what_does_not_travel_between_processes_is_named(
    lane: Lane, task: Callable[..., Any]
) -> None:
    with pytest.raises(ResultUnreadable):
        await lane.run(task, deadline_s=60)
    assert await lane.run(tasks.add, 1, 2, deadline_s=60) == 3


@pytest.mark.parametrize("argument", [lambda: None, tasks.Hostile()], ids=["pickle", "unpickle"])
async def test_arguments_that_do_not_travel_are_named(lane: Lane, argument: object) -> None:
    with pytest.raises(ResultUnreadable):
        await lane.run(tasks.echo, argument, deadline_s=60)
    assert await lane.run(tasks.add, 1, 2, deadline_s=60) == 3


@on_linux
async def test_a_task_gets_no_more_memory_than_its_lane_allows() -> None:
    async with open_lane(memory_bytes=GIB) as lane:
        pid = await lane.run(tasks.pid, deadline_s=60)
        with pytest.raises(MemoryLimitExceeded):
            await lane.run(tasks.allocate, 2 * GIB, deadline_s=60)
        assert await lane.run(tasks.pid, deadline_s=60) != pid


async def test_the_kernel_ends_a_process_that_nobody_watches(lane: Lane) -> None:
    cores = os.cpu_count() or 1
    for _ in range(2):
        left_s = await lane.run(tasks.cpu_seconds_left, deadline_s=30)
        assert 30 <= left_s <= 30 * cores + 15


# Deaths cost their own task alone ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("task", "args", "exit_code"),
    [
        (tasks.segfault, (), -signal.SIGSEGV),
        (tasks.exit_hard, (7,), 7),
        (tasks.exit_hard, (0,), 0),
        (tasks.die_while_sending, (), -signal.SIGKILL),
    ],
)
async def test_a_crash_is_named_with_its_exit_code(
    lane: Lane, task: Callable[..., Any], args: tuple[Any, ...], exit_code: int
) -> None:
    with pytest.raises(WorkerCrashed) as caught:
        await lane.run(task, *args, deadline_s=60)
    assert caught.value.exit_code == exit_code
    assert await lane.run(tasks.add, 1, 2, deadline_s=60) == 3


async def test_a_process_killed_while_busy_costs_its_own_task(lane: Lane) -> None:
    running = Running(lane, tasks.hold_the_gil)
    os.kill(await running.pid(), signal.SIGKILL)
    with pytest.raises(WorkerCrashed):
        await running.call
    assert await lane.run(tasks.add, 1, 2, deadline_s=60) == 3


async def test_ctrl_c_is_not_for_the_processes(lane: Lane) -> None:
    running = Running(lane, tasks.sleep, 0.2, 1)
    pid = await running.pid()
    os.kill(pid, signal.SIGINT)
    assert await running.call == 1
    os.kill(pid, signal.SIGINT)
    assert await lane.run(tasks.pid, deadline_s=60) == pid


async def test_processes_killed_while_idle_cost_nothing() -> None:
    async with open_lane(processes=3) as lane:
        running = [Running(lane, tasks.sleep, 0.1, number) for number in range(3)]
        pids = [await each.pid() for each in running]
        await asyncio.gather(*(each.call for each in running))
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        calls = (lane.run(tasks.echo, number, deadline_s=60) for number in range(6))
        assert await asyncio.gather(*calls) == list(range(6))


@on_linux
async def test_a_fork_server_that_is_killed_costs_nothing() -> None:
    # The next fork server is that of later tests too.
    async with open_lane(warm=False, preload=(*MODULES, tasks.__name__)) as lane:
        fork_server = await lane.run(tasks.parent_pid, deadline_s=60)
        running = Running(lane, tasks.sleep, 0.2, 1)
        await running.pid()
        os.kill(fork_server, signal.SIGKILL)
        assert await running.call == 1
        assert await lane.run(tasks.parent_pid, deadline_s=60) != fork_server


async def test_a_hundred_kills_at_random_moments_end_each_task_once() -> None:
    rng = random.Random(0)
    seen: set[int] = set()
    killed: set[int] = set()
    outcomes: list[int | WorkerCrashed] = []

    async def call_until(enough: asyncio.Event, lane: Lane) -> int:
        calls = 0
        while not enough.is_set():
            calls += 1
            duration_s = rng.uniform(0, 0.01)
            try:
                outcome = await lane.run(
                    tasks.sleep, duration_s, calls, deadline_s=60, on_message=seen.add
                )
                assert outcome == calls
                outcomes.append(outcome)
            except WorkerCrashed as crash:
                outcomes.append(crash)
            await asyncio.sleep(rng.uniform(0, 0.01))  # so that some processes are idle
        return calls

    async with open_lane(processes=4) as lane:
        enough = asyncio.Event()
        callers = [asyncio.create_task(call_until(enough, lane)) for _ in range(4)]
        while len(killed) < 100:
            await asyncio.sleep(rng.uniform(0, 0.02))
            if alive := sorted(seen - killed):
                victim = rng.choice(alive)
                os.kill(victim, signal.SIGKILL)
                killed.add(victim)
        enough.set()
        calls = sum(await asyncio.gather(*callers))
        assert await lane.run(tasks.add, 1, 2, deadline_s=60) == 3

    crashes = [outcome for outcome in outcomes if isinstance(outcome, WorkerCrashed)]
    assert len(outcomes) == calls
    assert 0 < len(crashes) < len(killed), "busy processes were hit, and idle ones"
    assert {crash.exit_code for crash in crashes} == {-signal.SIGKILL}


# Deadlines and cancellation ----------------------------------------------------------------------


@pytest.mark.parametrize("task", tasks.ENDLESS)
async def test_a_task_is_dead_at_its_deadline(lane: Lane, task: Callable[..., Any]) -> None:
    running = Running(lane, task, deadline_s=0.3)
    pid = await running.pid()
    began = time.perf_counter()
    with pytest.raises(TimeLimitExceeded, match=r"0\.3 s"):
        await running.call
    assert not is_alive(pid)
    assert time.perf_counter() - began < 0.3 + 1
    assert await lane.run(tasks.add, 1, 2, deadline_s=60) == 3


@pytest.mark.parametrize("task", tasks.ENDLESS)
async def test_a_cancelled_task_is_dead_when_its_call_ends(
    lane: Lane, task: Callable[..., Any]
) -> None:
    running = Running(lane, task)
    pid = await running.pid()
    began = time.perf_counter()
    running.call.cancel()
    await asyncio.sleep(0)
    running.call.cancel()  # impatience must not leave the process behind
    with pytest.raises(asyncio.CancelledError):
        await running.call
    assert not is_alive(pid)
    assert time.perf_counter() - began < 1
    assert await lane.run(tasks.add, 1, 2, deadline_s=60) == 3


async def test_a_call_cancelled_while_its_process_starts_leaves_a_lane_that_serves(
    lane: Lane,
) -> None:
    starting = asyncio.create_task(lane.run(tasks.pid, deadline_s=60))
    await asyncio.sleep(0)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert await lane.run(tasks.add, 1, 2, deadline_s=60) == 3


async def test_a_fit_inside_libsvm_is_dead_at_its_deadline_and_when_cancelled() -> None:
    async with open_lane(preload=("sklearn.svm", tasks.__name__)) as lane:
        late = Running(lane, tasks.fit_libsvm, deadline_s=0.5)
        pid = await late.pid()
        began = time.perf_counter()
        with pytest.raises(TimeLimitExceeded):
            await late.call
        assert not is_alive(pid)
        assert time.perf_counter() - began < 0.5 + 1

        unwanted = Running(lane, tasks.fit_libsvm)
        pid = await unwanted.pid()
        unwanted.call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await unwanted.call
        assert not is_alive(pid)


async def test_a_process_that_is_idle_for_long_makes_room_for_a_fresh_one() -> None:
    async with open_lane(recycled_after_s=0.01) as lane:
        await lane.start()
        served = await lane.run(tasks.pid, deadline_s=60)
        async with asyncio.timeout(60):
            while is_alive(served):  # noqa: ASYNC110 (another process's end has no event here)
                await asyncio.sleep(0.01)
        await all_started(lane)
        assert await lane.run(tasks.pid, deadline_s=60) != served


async def test_the_load_is_what_runs_and_what_waits() -> None:
    async with open_lane() as lane:
        assert lane.load == (0, 0)
        first, second = (Running(lane, tasks.sleep, 60.0, 1) for _ in range(2))
        await asyncio.sleep(0)
        assert lane.load == (1, 1)
        for running in (first, second):
            running.call.cancel()
        await asyncio.wait([first.call, second.call])
        assert lane.load == (0, 0)
