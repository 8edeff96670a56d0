"""Jobs, and the workers that do them."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors.base import LukoshkoError


@dataclass(eq=False)
class AlreadyRunning(LukoshkoError):
    """Your {kind} still runs: wait for it or /cancel it."""

    kind: str


@dataclass(eq=False)
class QueueFull(LukoshkoError):
    """{waiting} fits of yours wait already: try again when one has ended."""

    waiting: int


@dataclass(eq=False)
class ServiceBusy(LukoshkoError):
    """Too many jobs are waiting: try again in a minute."""


@dataclass(eq=False)
class TimeLimitExceeded(LukoshkoError):
    """It did not end within {limit_s:g} s."""

    limit_s: float


class BudgetExceeded(TimeLimitExceeded):
    """Not even the first step of the training ended within {limit_s:g} s."""


@dataclass(eq=False)
class MemoryLimitExceeded(LukoshkoError):
    """It needed more memory than a task may take."""


@dataclass(eq=False)
class JobCancelled(LukoshkoError):
    """Cancelled."""


@dataclass(eq=False)
class JobInterrupted(LukoshkoError):
    """The service was restarted in the middle of it: start it again."""


@dataclass(eq=False)
class JobParked(JobInterrupted):
    """The service is being restarted, and goes on with it then."""


@dataclass(eq=False)
class WorkerCrashed(LukoshkoError):
    """The worker process ended unexpectedly (exit code {exit_code})."""

    exit_code: int | None


@dataclass(eq=False)
class ResultUnreadable(LukoshkoError):
    """A task's arguments or result could not be carried between processes: {detail}"""

    detail: str


@dataclass(eq=False)
class TaskFailed(LukoshkoError):
    """A task failed with an error nobody expected: {summary}"""

    summary: str
    traceback: str
