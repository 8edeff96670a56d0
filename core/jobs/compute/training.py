"""Features and fits, computed by workers."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path

from core.entities import FitOptions, FitSeconds, FittedModel, Mistake, Progress, Recipe, Suspect
from core.errors import BudgetExceeded, TimeLimitExceeded
from core.jobs import tasks
from core.jobs.places import inside
from core.jobs.runner import LaneName, Runner, bind, report_wait
from core.models.rungs import drop_rungs, publish
from core.ports import DatasetFiles, OnProgress

# So many photos are one part of an extraction: 17 s for the default. Then another user's photos are
# looked at for as long.
PHOTOS_PER_PART = 512
# Far above what a part takes.
EXTRACT_LIMIT_S = 900.0
FINISH_LIMIT_S = 300.0
SUSPECTS_LIMIT_S = 60.0
# Between the end of the budget and the kill: a fit that ends on the dot can still hand over its model.
GRACE_S = 0.1


class RunnerTraining:
    """Fulfils `core.ports.Training`."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def extract(self, files: DatasetFiles, recipe: Recipe, on_progress: OnProgress) -> None:
        """In parts, as many at once as there are processes for it: HOG holds the interpreter's lock, so
        that threads gain nothing (3.3 ms an image on two, 2.6 on one)."""
        report_wait(self._runner, LaneName.FITS, on_progress)
        # On the lane that the caller's fit takes next: it never waits for another user's features.
        missing = await self._runner.run(
            LaneName.FITS, bind(tasks.missing, files, recipe), deadline_s=EXTRACT_LIMIT_S
        )
        if missing:
            on_progress(Progress("features", 0, len(missing)))
            report_wait(self._runner, LaneName.FEATURES, on_progress)
        parts = _parts(missing, self._runner.processes(LaneName.FEATURES))
        done = [0] * len(parts)

        def receive(part: int, progress: Progress) -> None:
            done[part] = progress.done
            on_progress(Progress("features", sum(done), len(missing)))

        async def extract_part(number: int) -> None:
            await self._runner.run(
                LaneName.FEATURES,
                bind(tasks.extract, files, parts[number], recipe),
                deadline_s=EXTRACT_LIMIT_S,
                on_message=partial(receive, number),
            )

        # A part is asked for when the one before it ends, behind what others asked for meanwhile.
        await _all_or_none(
            [partial(extract_part, number) for number in range(len(parts))],
            at_once=lambda: self._runner.processes(LaneName.FEATURES),
        )

    async def fit(
        self,
        files: DatasetFiles,
        recipe: Recipe,
        options: FitOptions,
        subject: tuple[str, int],
        out: Path,
        on_progress: OnProgress,
    ) -> FittedModel:
        usable: FittedModel | None = None

        def receive(message: Progress | FittedModel) -> None:
            nonlocal usable
            if isinstance(message, FittedModel):
                usable = inside(out.parent, message)
            else:
                on_progress(message)

        report_wait(self._runner, LaneName.FITS, on_progress)
        try:
            answer = await self._runner.run(
                LaneName.FITS,
                bind(tasks.fit, files, recipe, options, subject, out),
                deadline_s=options.budget_s + GRACE_S,
                on_message=receive,
            )
            return inside(out.parent, answer)
        except TimeLimitExceeded as error:
            if usable:
                return await asyncio.to_thread(publish, usable, out)
            raise BudgetExceeded(limit_s=options.budget_s) from error
        finally:
            drop_rungs(out)

    async def finish(
        self, model: Path, seconds: FitSeconds, test: DatasetFiles | None, *, whole: bool
    ) -> FittedModel:
        answer = await self._runner.run(
            LaneName.FITS,
            bind(tasks.finish, model, seconds, test, whole),
            deadline_s=FINISH_LIMIT_S,
        )
        return inside(model.parent, answer)

    async def mistakes(
        self, files: DatasetFiles, recipe: Recipe | None, options: FitOptions
    ) -> tuple[Mistake, ...]:
        return await self._runner.run(
            LaneName.FITS,
            bind(tasks.mistakes, files, recipe, options),
            deadline_s=SUSPECTS_LIMIT_S,
        )

    async def suspects(self, files: DatasetFiles, recipe: Recipe) -> tuple[Suspect, ...]:
        return await self._runner.run(
            LaneName.FITS, bind(tasks.suspects, files, recipe), deadline_s=SUSPECTS_LIMIT_S
        )


def _parts(missing: Sequence[str], processes: int) -> list[tuple[str, ...]]:
    """The photos, in parts of much the same size that keep every process busy."""
    rounds = math.ceil(len(missing) / (processes * PHOTOS_PER_PART))
    count = processes * rounds
    return [part for start in range(count) if (part := tuple(missing[start::count]))]


async def _all_or_none(
    calls: Sequence[Callable[[], Coroutine[None, None, None]]], at_once: Callable[[], int]
) -> None:
    """Makes all of them, so many at once, which may grow meanwhile as a cluster does; where one fails, the
    others are cancelled and it is raised."""
    waiting, running = deque(calls), set[asyncio.Task[None]]()
    try:
        while waiting or running:
            while waiting and len(running) < at_once():
                task = asyncio.create_task(waiting.popleft()())
                task.add_done_callback(_retrieve)
                running.add(task)
            ended, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                task.result()
    finally:
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)


def _retrieve(task: asyncio.Task[None]) -> None:
    """Marks the task's error, if any, as retrieved: only the first one is raised."""
    if not task.cancelled():
        task.exception()
