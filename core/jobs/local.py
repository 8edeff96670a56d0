"""The Compute port on this machine's processes: which lane, which deadline, how much at once."""

from __future__ import annotations

import asyncio
import importlib
import math
import os
import secrets
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

from core.entities import (
    Description,
    FitOptions,
    FitReport,
    FittedModel,
    ImageRecord,
    LearningCurve,
    Prediction,
    Progress,
    Reading,
    Recipe,
    TestScore,
)
from core.errors import BadInput, BudgetExceeded, TimeLimitExceeded
from core.jobs.workers import Lane
from core.models.rungs import drop_rungs, publish
from core.ports import ChartTexts, DatasetFiles, OnProgress

TASKS = "core.jobs.tasks"

GIB = 1024**3
FIT_MEMORY_BYTES = 4 * GIB
QUICK_MEMORY_BYTES = 4 * GIB
# For fits, and as many for features.
HEAVY_PROCESSES = min(4, max(2, os.cpu_count() or 2))

READ_LIMIT_S = 900.0
# So many photos are a process's turn: 17 s for the default. Then another user's photos have theirs.
PHOTOS_A_TURN = 512
# Features take minutes anyway: what has a budget, and photos that wait for an answer, go before them.
FEATURES_NICENESS = 5
# At once; each has as many turns waiting as there are processes, and asks anew for every turn.
MAX_EXTRACTIONS = 1000
# Far above what a turn takes, and the search for duplicates among 37 000 photos before the first one.
EXTRACT_LIMIT_S = 900.0
DRAW_LIMIT_S = 60.0
PREDICT_LIMIT_S = 30.0
EVALUATE_LIMIT_S = 300.0
# Between the end of the budget and the kill: a fit that ends on the dot can still hand over its model.
GRACE_S = 0.1

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Task(Generic[T_co]):
    """A function of `core.jobs.tasks` by its name, looked up in the worker.

    The process that talks to Telegram never imports what tasks import: so it starts without
    waiting for scikit-learn, and takes none of its memory.
    """

    name: str

    def __call__(self, *args: object) -> T_co:
        function: Callable[..., T_co] = getattr(importlib.import_module(TASKS), self.name)
        return function(*args)


class LocalCompute:
    """Three lanes, so that a prediction never waits behind a fit, nor a fit behind the features of
    another user's large dataset.

    Reading an archive is quick work that may take minutes: it never has all of the quick processes.
    """

    def __init__(self, quick_processes: int | None = None) -> None:
        count = quick_processes or max(2, os.cpu_count() or 2)
        self._quick = Lane("quick", processes=count + 1, memory_bytes=QUICK_MEMORY_BYTES, warm=True)
        self._fits = Lane(
            "fits", processes=HEAVY_PROCESSES, memory_bytes=FIT_MEMORY_BYTES, warm=False
        )
        self._features = Lane(
            "features",
            processes=HEAVY_PROCESSES,
            memory_bytes=FIT_MEMORY_BYTES,
            warm=False,
            niceness=FEATURES_NICENESS,
            max_waiting=MAX_EXTRACTIONS * HEAVY_PROCESSES,
        )
        self._reads = asyncio.Semaphore(count)

    async def start(self) -> None:
        await asyncio.gather(*(lane.start() for lane in self._lanes))

    async def close(self) -> None:
        await asyncio.gather(*(lane.close() for lane in self._lanes))

    @property
    def _lanes(self) -> tuple[Lane, ...]:
        return self._quick, self._fits, self._features

    async def read_archive(
        self,
        archive: Path,
        source: str,
        known: Sequence[ImageRecord],
        workspace: Path,
        on_progress: OnProgress,
    ) -> Reading:
        async with self._reads:
            return await self._quick.run(
                Task[Reading]("read_archive"),
                archive,
                source,
                known,
                workspace,
                deadline_s=READ_LIMIT_S,
                on_message=on_progress,
            )

    async def draw_sample_dataset(self, out: Path, on_progress: OnProgress) -> None:
        async with self._reads:
            await self._quick.run(
                Task[None]("draw_sample_dataset"),
                out,
                _any_seed(),
                deadline_s=READ_LIMIT_S,
                on_message=on_progress,
            )

    async def draw_sample_pictures(self, out: Path, count: int) -> tuple[tuple[Path, str], ...]:
        return await self._quick.run(
            Task[tuple[tuple[Path, str], ...]]("draw_sample_pictures"),
            out,
            count,
            _any_seed(),
            deadline_s=DRAW_LIMIT_S,
        )

    async def draw_overview(
        self, description: Description, texts: ChartTexts, out: Path
    ) -> tuple[Path, ...]:
        return await self._quick.run(
            Task[tuple[Path, ...]]("draw_overview"),
            description,
            texts,
            out,
            deadline_s=DRAW_LIMIT_S,
        )

    async def draw_colors(
        self, description: Description, label: str, texts: ChartTexts, out: Path
    ) -> None:
        await self._quick.run(
            Task[None]("draw_colors"), description, label, texts, out, deadline_s=DRAW_LIMIT_S
        )

    async def draw_sheet(self, files: DatasetFiles, seed: int, out: Path) -> None:
        await self._quick.run(Task[None]("draw_sheet"), files, seed, out, deadline_s=DRAW_LIMIT_S)

    async def draw_confusion(self, report: FitReport, texts: ChartTexts, out: Path) -> None:
        await self._quick.run(
            Task[None]("draw_confusion"), report, texts, out, deadline_s=DRAW_LIMIT_S
        )

    async def draw_curves(
        self, curves: Mapping[str, LearningCurve], texts: ChartTexts, out: Path
    ) -> None:
        await self._quick.run(
            Task[None]("draw_curves"), curves, texts, out, deadline_s=DRAW_LIMIT_S
        )

    async def write_table(self, records: Sequence[ImageRecord], out: Path) -> None:
        await self._quick.run(Task[None]("write_table"), records, out, deadline_s=DRAW_LIMIT_S)

    async def extract(self, files: DatasetFiles, recipe: Recipe, on_progress: OnProgress) -> None:
        """In parts, as many at once as there are processes for it: HOG holds the interpreter's lock, so
        that threads gain nothing (3.3 ms an image on two, 2.6 on one)."""
        # On the lane that the caller's fit takes next: it never waits for a turn of another user's.
        missing = await self._fits.run(
            Task[tuple[int, ...]]("prepare"), files, recipe, deadline_s=EXTRACT_LIMIT_S
        )
        parts = _parts(files, missing)
        # A part not begun yet has nothing behind it.
        shares = [Progress("features", 0, len(part.records)) for part in parts]
        # A part waits for its turn when the one before it ends, behind what others asked for meanwhile.
        at_once = asyncio.Semaphore(HEAVY_PROCESSES)

        def receive(part: int, progress: Progress) -> None:
            shares[part] = progress
            done, total = (
                sum(values) for values in zip(*((p.done, p.total) for p in shares), strict=True)
            )
            on_progress(Progress("features", done, total))

        async def extract_part(number: int) -> None:
            async with at_once:
                await self._features.run(
                    Task[None]("extract"),
                    parts[number],
                    recipe,
                    deadline_s=EXTRACT_LIMIT_S,
                    on_message=partial(receive, number),
                )
            receive(number, replace(shares[number], done=shares[number].total))

        await _all_or_none(map(extract_part, range(len(parts))))

    async def fit(
        self,
        files: DatasetFiles,
        recipe: Recipe,
        options: FitOptions,
        dataset: tuple[str, int],
        out: Path,
        on_progress: OnProgress,
    ) -> FittedModel:
        usable: list[FittedModel] = []

        def receive(message: Progress | FittedModel) -> None:
            if isinstance(message, FittedModel):
                usable.append(message)
            else:
                on_progress(message)

        try:
            return await self._fits.run(
                Task[FittedModel]("fit"),
                files,
                recipe,
                options,
                dataset,
                out,
                deadline_s=options.budget_s + GRACE_S,
                on_message=receive,
            )
        except TimeLimitExceeded as error:
            if usable:
                return await asyncio.to_thread(publish, usable[-1], out)
            raise BudgetExceeded(limit_s=options.budget_s) from error
        finally:
            drop_rungs(out)

    async def evaluate(self, model: Path, files: DatasetFiles) -> TestScore:
        """Scores a model on another dataset, whose features are extracted."""
        return await self._fits.run(
            Task[TestScore]("evaluate"), model, files, deadline_s=EVALUATE_LIMIT_S
        )

    async def predict(
        self, model: Path, images: Sequence[Path]
    ) -> tuple[Prediction | BadInput, ...]:
        return await self._quick.run(
            Task[tuple[Prediction | BadInput, ...]]("predict"),
            model,
            images,
            deadline_s=PREDICT_LIMIT_S,
        )


def _any_seed() -> int:
    return secrets.randbits(32)


def _parts(files: DatasetFiles, missing: Sequence[int]) -> list[DatasetFiles]:
    """The records at these positions, for turns of much the same size that keep every process busy."""
    rounds = math.ceil(len(missing) / (HEAVY_PROCESSES * PHOTOS_A_TURN))
    count = HEAVY_PROCESSES * rounds
    turns = (missing[start::count] for start in range(count))
    return [replace(files, records=tuple(files.records[i] for i in turn)) for turn in turns if turn]


async def _all_or_none(calls: Iterable[Coroutine[None, None, None]]) -> None:
    """Waits for all of them; where one fails, the others are cancelled and it is raised."""
    running = [asyncio.create_task(call) for call in calls]
    try:
        await asyncio.gather(*running)
    finally:
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)
