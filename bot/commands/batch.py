"""Several ZIPs, read one after the other and followed in one message."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TypeAlias

from bot.commands.summary import short
from bot.errors import explain
from bot.progress import Timing
from bot.texts import Html, Texts
from core.entities import Dataset, Job, Progress
from core.errors import ClassesUnclear, JobCancelled, JobInterrupted, JobParked
from core.services.jobs import RunningJob

MAX_FAILURES = 8

Outcome: TypeAlias = "Dataset | Exception"


class Batch:
    """Running jobs, one per ZIP, as one that never fails: its result has each one's dataset or error.

    names : the files', in the order of the jobs.
    """

    def __init__(self, jobs: Sequence[RunningJob[Dataset]], names: Sequence[str]) -> None:
        self.names = names
        self._jobs = jobs
        self._current = 0
        self._timings: defaultdict[int, Timing] = defaultdict(Timing)

    @property
    def job(self) -> Job:
        """The row of the first job."""
        return self._jobs[0].job

    @property
    def progress(self) -> Progress:
        """That of the ZIP that is being read."""
        return self._jobs[self._current].progress

    def timing(self, progress: Progress) -> Timing:
        """The time that the ZIP takes that is being read."""
        timing = self._timings[self._current]
        timing.see(progress)
        return timing

    def head(self, texts: Texts) -> Html:
        """Which ZIP is being read."""
        name = short(self.names[self._current])
        number, total = texts.number(self._current + 1), texts.number(len(self._jobs))
        return texts("batch.head", n=number, total=total, name=name)

    async def result(self) -> list[Outcome]:
        """Waits for the end of all. Raises JobParked where the process stops before."""
        outcomes: list[Outcome] = []
        for position, running in enumerate(self._jobs):
            self._current = position
            try:
                outcomes.append(await running.result())
            except JobParked:
                raise
            except Exception as error:
                outcomes.append(error)
        return outcomes


def stored_in(outcomes: Sequence[Outcome]) -> Dataset | None:
    """The dataset that the ZIPs are in, None where none could be read."""
    return next((o for o in reversed(outcomes) if isinstance(o, Dataset)), None)


def said_of(names: Sequence[str], outcomes: Sequence[Outcome], texts: Texts) -> Html:
    """How many ZIPs were read, why it ended before the last, and which could not be read."""
    done = sum(isinstance(outcome, Dataset) for outcome in outcomes)
    values = {"done": texts.number(done), "total": texts.number(len(outcomes))}
    lines = [texts(_ending(outcomes), **values)]
    failures = [
        texts("batch.failed", name=short(name), why=_why(outcome, texts))
        for name, outcome in zip(names, outcomes, strict=True)
        if not isinstance(outcome, (Dataset, JobCancelled, JobInterrupted))
    ]
    lines += failures[:MAX_FAILURES]
    if len(failures) > MAX_FAILURES:
        lines.append(texts("batch.more", n=texts.number(len(failures) - MAX_FAILURES)))
    return Html("\n".join(lines))


def _ending(outcomes: Sequence[Outcome]) -> str:
    if any(isinstance(outcome, JobCancelled) for outcome in outcomes):
        return "batch.stopped"
    if any(isinstance(outcome, JobInterrupted) for outcome in outcomes):
        return "batch.interrupted"
    return "batch.read"


def _why(error: Exception, texts: Texts) -> Html:
    if isinstance(error, ClassesUnclear):
        return texts("batch.unclear")
    return explain(error, texts)
