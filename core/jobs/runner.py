"""Where a task runs: the seam between what is wanted (`core.ports.compute`) and the machines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar

from core.entities import Progress
from core.jobs.answers import Promise, promise_of
from core.ports import OnProgress

P = ParamSpec("P")
T = TypeVar("T")
M = TypeVar("M")
T_co = TypeVar("T_co", covariant=True)
M_contra = TypeVar("M_contra", contravariant=True)


class LaneName(StrEnum):
    """The queues of tasks. None waits behind another: a prediction not behind a fit, a fit not behind
    the features of another user's large dataset."""

    QUICK = "quick"
    READS = "reads"
    FITS = "fits"
    FEATURES = "features"


@dataclass(frozen=True)
class Call(Generic[M_contra, T_co]):
    """A task with its arguments, made by `bind`; it is pickled, so these are plain data."""

    task: Callable[..., T_co]
    arguments: tuple[Any, ...]

    def __call__(self, report: Callable[[M_contra], None]) -> T_co:
        return self.task(report, *self.arguments)

    @property
    def promise(self) -> Promise:
        """The types of what the task returns and reports."""
        return promise_of(self.task)


def bind(
    task: Callable[Concatenate[Callable[[M], None], P], T], *arguments: P.args, **_: P.kwargs
) -> Call[M, T]:
    """A function of `tasks` with all its arguments but `report`, which mypy checks.

    Arguments are given by position.
    """
    return Call(task, arguments)


class Runner(Protocol):
    """Runs calls in processes of lanes; `core.jobs.local` fulfils it on this machine."""

    def processes(self, lane: LaneName) -> int:
        """How many tasks of the lane run side by side."""

    def is_full(self, lane: LaneName) -> bool:
        """True if another task of the lane would have to wait."""

    async def run(
        self,
        lane: LaneName,
        call: Call[M, T],
        *,
        deadline_s: float,
        on_message: Callable[[M], None] | None = None,
    ) -> T:
        """Makes the call in a process and returns what it returns.

        on_message : gets what the task reports, in order, all before the result is there.
        deadline_s : seconds from the task's start to the death of its process.

        Raises what `core.jobs.workers.Lane.run` raises.
        """


class OuterRunner:
    """The base of runners that do something before and after the calls of another one."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def processes(self, lane: LaneName) -> int:
        """As `Runner.processes`."""
        return self._runner.processes(lane)

    def is_full(self, lane: LaneName) -> bool:
        """As `Runner.is_full`."""
        return self._runner.is_full(lane)


def report_wait(runner: Runner, lane: LaneName, on_progress: OnProgress) -> None:
    """Says that a call waits for its turn, if it will; what it reports when it begins says that it does."""
    if runner.is_full(lane):
        on_progress(Progress("wait"))
