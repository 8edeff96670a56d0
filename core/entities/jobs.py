"""Jobs: work that a user waits for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.entities.models import Rung


class JobState(StrEnum):
    """The state of a job. All but QUEUED and RUNNING are final; INTERRUPTED: its process died or
    stopped."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


class JobKind(StrEnum):
    """The kind of a job; a user has at most one running job of each kind."""

    UPLOAD = "upload"
    FIT = "fit"
    EXPORT = "export"
    SEARCH = "search"


@dataclass(frozen=True, slots=True)
class Job:
    """Work that a user asked for and waits for. If it failed, `error` is the code of its error.

    attempts : how often it was begun. result : what it made, as a number: the dataset, the model.
    """

    id: int
    owner_id: int
    kind: JobKind
    state: JobState
    chat_id: int
    created_at: datetime
    ended_at: datetime | None = None
    error: str | None = None
    attempts: int = 0
    result: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """A task's progress: `done` of `total` in a stage ("check", "read", "features", "fit", "curve",
    …), and a fit's rungs so far."""

    stage: str
    done: int = 0
    total: int = 0
    rungs: tuple[Rung, ...] = ()
