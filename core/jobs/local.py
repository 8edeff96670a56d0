"""The Compute port on this machine's processes: which lane, which deadline, how much at once."""

from __future__ import annotations

import asyncio
import importlib
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
from core.models.rungs import drop_rungs, land
from core.ports import ChartTexts, DatasetFiles, OnProgress

TASKS = "core.jobs.tasks"

GIB = 1024**3
FIT_MEMORY_BYTES = 4 * GIB
QUICK_MEMORY_BYTES = 4 * GIB
FIT_PROCESSES = min(4, max(2, os.cpu_count() or 2))

READ_LIMIT_S = 900.0
EXTRACT_LIMIT_S = 900.0
# Ten times what the default takes on one core: a large dataset on a busy machine ends too.
EXTRACT_LIMIT_S_A_PHOTO = 0.35
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
    """Two lanes, so that a prediction never waits behind a fit.

    Reading an archive is quick work that may take minutes: it never has all of the quick processes.
    """

    def __init__(self, quick_processes: int | None = None) -> None:
        count = quick_processes or max(2, os.cpu_count() or 2)
        self._quick = Lane("quick", processes=count + 1, memory_bytes=QUICK_MEMORY_BYTES, warm=True)
        self._fits = Lane(
            "fits", processes=FIT_PROCESSES, memory_bytes=FIT_MEMORY_BYTES, warm=False
        )
        self._reads = asyncio.Semaphore(count)

    async def start(self) -> None:
        await asyncio.gather(self._quick.start(), self._fits.start())

    async def close(self) -> None:
        await asyncio.gather(self._quick.close(), self._fits.close())

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
        """In as many parts as there are processes for it: HOG holds the interpreter's lock, so that
        threads gain nothing (3.3 ms an image on two, 2.6 on one)."""
        shares = [Progress("features")] * FIT_PROCESSES
        limit_s = max(EXTRACT_LIMIT_S, EXTRACT_LIMIT_S_A_PHOTO * len(files.records))

        def receive(part: int, progress: Progress) -> None:
            shares[part] = progress
            done, total = (
                sum(values) for values in zip(*((p.done, p.total) for p in shares), strict=True)
            )
            on_progress(Progress("features", done, total))

        extracting = (
            self._fits.run(
                Task[None]("extract"),
                part_files,
                recipe,
                deadline_s=limit_s,
                on_message=partial(receive, part),
            )
            for part, part_files in enumerate(_parts(files, FIT_PROCESSES))
        )
        grouping = self._fits.run(Task[None]("group"), files, deadline_s=limit_s)
        await _all_or_none([*extracting, grouping])

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
                return await asyncio.to_thread(land, usable[-1], out)
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


def _parts(files: DatasetFiles, count: int) -> list[DatasetFiles]:
    """The dataset in parts that hold all copies of an image together."""
    parts: list[list[ImageRecord]] = [[] for _ in range(count)]
    for record in files.records:
        parts[int(record.sha256, 16) % count].append(record)
    return [replace(files, records=tuple(part)) for part in parts]


async def _all_or_none(calls: Iterable[Coroutine[None, None, None]]) -> None:
    """Waits for all of them; where one fails, the others are cancelled and it is raised."""
    running = [asyncio.create_task(call) for call in calls]
    try:
        await asyncio.gather(*running)
    finally:
        for task in running:
            task.cancel()
        await asyncio.wait(running)
