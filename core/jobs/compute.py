"""The seven ports of `core.ports.compute` over a runner: which lane, which deadline, how much at once."""

from __future__ import annotations

import asyncio
import math
import secrets
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from pathlib import Path

from core.entities import (
    ChartRequest,
    Description,
    Explanation,
    ExportFormat,
    ExportNames,
    FitOptions,
    FitSeconds,
    FittedModel,
    FolderScore,
    LabelSource,
    Lesson,
    LiveFit,
    Mistake,
    Prediction,
    Progress,
    Reading,
    Recipe,
    Suspect,
    Words,
)
from core.errors import BadInput, BudgetExceeded, TimeLimitExceeded
from core.jobs import tasks
from core.jobs.places import inside
from core.jobs.runner import LaneName, Runner, bind
from core.models.rungs import drop_rungs, publish
from core.ports import Compute, DatasetFiles, OnProgress
from core.sealed import Key, Stored

# A large archive may take longer: on busy cores some 100 small photos a second are read.
READ_LIMIT_S = 900.0
READ_BYTES_PER_S = 1_000_000
# So many photos are one part of an extraction: 17 s for the default. Then another user's photos are
# looked at for as long.
PHOTOS_PER_PART = 512
# Far above what a part takes.
EXTRACT_LIMIT_S = 900.0
DRAW_LIMIT_S = 60.0
PREDICT_LIMIT_S = 30.0
LEARN_LIMIT_S = 60.0
LIVE_LIMIT_S = 60.0
EXPLAIN_LIMIT_S = 60.0
EXPORT_LIMIT_S = 60.0
# Two models are trained for their scores, and a head.
FOLDER_LIMIT_S = 300.0
FINISH_LIMIT_S = 300.0
SUSPECTS_LIMIT_S = 60.0
# Between the end of the budget and the kill: a fit that ends on the dot can still hand over its model.
GRACE_S = 0.1


def make_compute(runner: Runner) -> Compute:
    """The seven ports over this runner."""
    return Compute(
        reading=RunnerReading(runner),
        drawing=RunnerDrawing(runner),
        training=RunnerTraining(runner),
        predicting=RunnerPredicting(runner),
        teaching=RunnerTeaching(runner),
        explaining=RunnerExplaining(runner),
        exporting=RunnerExporting(runner),
    )


class RunnerReading:
    """Fulfils `core.ports.ArchiveReading`."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def read_archive(
        self,
        archive: Path,
        labels: LabelSource,
        known: DatasetFiles | None,
        out: Path,
        on_progress: OnProgress,
        key: Key | None = None,
    ) -> Reading:
        _report_wait(self._runner, LaneName.READS, on_progress)
        answer = await self._runner.run(
            LaneName.READS,
            bind(tasks.read_archive, archive, labels, known, out, key),
            deadline_s=_read_limit_s((await asyncio.to_thread(archive.stat)).st_size),
            on_message=on_progress,
        )
        return inside(out, answer)

    async def describe(self, files: DatasetFiles) -> Description:
        return await self._runner.run(
            LaneName.QUICK, bind(tasks.describe, files), deadline_s=DRAW_LIMIT_S
        )

    async def twins(self, files: DatasetFiles) -> tuple[tuple[int, ...], ...]:
        return await self._runner.run(
            LaneName.QUICK, bind(tasks.twins, files), deadline_s=DRAW_LIMIT_S
        )

    async def write_table(
        self, files: DatasetFiles, out: Path, *, has_decimal_comma: bool = False
    ) -> None:
        await self._runner.run(
            LaneName.QUICK,
            bind(tasks.write_table, files, out, has_decimal_comma),
            deadline_s=DRAW_LIMIT_S,
        )

    async def write_part(self, files: DatasetFiles, number: int, max_bytes: int, out: Path) -> int:
        return await self._runner.run(
            LaneName.READS,
            bind(tasks.write_part, files, number, max_bytes, out),
            deadline_s=_read_limit_s(max_bytes),
        )

    async def forget(self, cache: Stored, digests: Sequence[str]) -> None:
        await self._runner.run(
            LaneName.READS, bind(tasks.forget, cache, tuple(digests)), deadline_s=READ_LIMIT_S
        )


class RunnerDrawing:
    """Fulfils `core.ports.Drawing`."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def draw(
        self, requests: Sequence[ChartRequest], out: Path
    ) -> tuple[tuple[Path, Mapping[str, str]], ...]:
        answer = await self._runner.run(
            LaneName.QUICK, bind(tasks.draw, tuple(requests), out), deadline_s=DRAW_LIMIT_S
        )
        return inside(out, answer)

    async def draw_sheet(self, files: DatasetFiles, seed: int, out: Path) -> None:
        await self._runner.run(
            LaneName.QUICK, bind(tasks.draw_sheet, files, seed, out), deadline_s=DRAW_LIMIT_S
        )

    async def draw_page(
        self, photos: Stored, digests: Sequence[str], first: int, out: Path
    ) -> None:
        await self._runner.run(
            LaneName.QUICK,
            bind(tasks.draw_page, photos, tuple(digests), first, out),
            deadline_s=DRAW_LIMIT_S,
        )

    async def draw_photo(self, photos: Stored, digest: str, out: Path) -> None:
        await self._runner.run(
            LaneName.QUICK, bind(tasks.draw_photo, photos, digest, out), deadline_s=DRAW_LIMIT_S
        )

    async def draw_sample_dataset(
        self, out: Path, on_progress: OnProgress, labels: Mapping[str, str] | None = None
    ) -> None:
        _report_wait(self._runner, LaneName.READS, on_progress)
        await self._runner.run(
            LaneName.READS,
            bind(tasks.draw_sample_dataset, out, _any_seed(), dict(labels or {})),
            deadline_s=READ_LIMIT_S,
            on_message=on_progress,
        )

    async def draw_sample_pictures(self, out: Path, count: int) -> tuple[tuple[Path, str], ...]:
        answer = await self._runner.run(
            LaneName.QUICK,
            bind(tasks.draw_sample_pictures, out, count, _any_seed()),
            deadline_s=DRAW_LIMIT_S,
        )
        return inside(out, answer)


class RunnerTraining:
    """Fulfils `core.ports.Training`."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def extract(self, files: DatasetFiles, recipe: Recipe, on_progress: OnProgress) -> None:
        """In parts, as many at once as there are processes for it: HOG holds the interpreter's lock, so
        that threads gain nothing (3.3 ms an image on two, 2.6 on one)."""
        _report_wait(self._runner, LaneName.FITS, on_progress)
        # On the lane that the caller's fit takes next: it never waits for another user's features.
        missing = await self._runner.run(
            LaneName.FITS, bind(tasks.missing, files, recipe), deadline_s=EXTRACT_LIMIT_S
        )
        if missing:
            on_progress(Progress("features", 0, len(missing)))
            _report_wait(self._runner, LaneName.FEATURES, on_progress)
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

        _report_wait(self._runner, LaneName.FITS, on_progress)
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
        self, files: DatasetFiles, recipe: Recipe, options: FitOptions
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


class RunnerPredicting:
    """Fulfils `core.ports.Predicting`."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def predict(
        self, model: Stored, images: Sequence[Path]
    ) -> tuple[Prediction | BadInput, ...]:
        return await self._runner.run(
            LaneName.QUICK, bind(tasks.predict, model, tuple(images)), deadline_s=PREDICT_LIMIT_S
        )


class RunnerTeaching:
    """Fulfils `core.ports.Teaching`."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def learn(
        self,
        images: Sequence[Path],
        names: Sequence[str],
        label: str,
        known: DatasetFiles,
        model: Stored | None,
        out: Path,
    ) -> Lesson:
        answer = await self._runner.run(
            LaneName.QUICK,
            bind(tasks.learn, tuple(images), tuple(names), label, known, model, out),
            deadline_s=LEARN_LIMIT_S,
        )
        return inside(out, answer)

    async def fit_live(
        self,
        files: DatasetFiles,
        subject: tuple[str, int],
        out: Path,
        *,
        extends_baseline: bool,
        is_small: bool,
    ) -> LiveFit:
        answer = await self._runner.run(
            LaneName.QUICK if is_small else LaneName.FITS,
            bind(tasks.fit_live, files, subject, extends_baseline, out),
            deadline_s=LIVE_LIMIT_S,
        )
        return inside(out.parent, answer)

    async def fit_without(
        self,
        files: DatasetFiles,
        recipe: Recipe | None,
        subject: tuple[str, int],
        sha256: str,
        out: Path,
        *,
        extends_baseline: bool,
    ) -> FittedModel | None:
        answer = await self._runner.run(
            LaneName.FITS,
            bind(tasks.fit_without, files, recipe, subject, sha256, extends_baseline, out),
            deadline_s=LIVE_LIMIT_S,
        )
        return inside(out.parent, answer)


class RunnerExplaining:
    """Fulfils `core.ports.Explaining`."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def explain(
        self, model: Stored, image: Path, taught: DatasetFiles | None, words: Words, out: Path
    ) -> Explanation:
        answer = await self._runner.run(
            LaneName.QUICK,
            bind(tasks.explain, model, image, taught, words, out),
            deadline_s=EXPLAIN_LIMIT_S,
        )
        return inside(out, answer)


class RunnerExporting:
    """Fulfils `core.ports.Exporting`."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def export(
        self, model: Stored, kind: ExportFormat, out: Path, names: ExportNames | None = None
    ) -> None:
        task = bind(tasks.export, model, kind, out, names)
        await self._runner.run(LaneName.QUICK, task, deadline_s=EXPORT_LIMIT_S)

    async def recipe(self, model: Stored) -> Recipe:
        return await self._runner.run(
            LaneName.QUICK, bind(tasks.recipe, model), deadline_s=EXPORT_LIMIT_S
        )

    async def export_folder(
        self,
        model: Stored,
        files: DatasetFiles,
        title: str,
        out: Path,
        on_progress: OnProgress,
    ) -> FolderScore:
        _report_wait(self._runner, LaneName.FITS, on_progress)
        return await self._runner.run(
            LaneName.FITS,
            bind(tasks.export_folder, model, files, title, out),
            deadline_s=FOLDER_LIMIT_S,
            on_message=on_progress,
        )


def _read_limit_s(size: int) -> float:
    """size : bytes of an archive."""
    return READ_LIMIT_S + size / READ_BYTES_PER_S


def _report_wait(runner: Runner, lane: LaneName, on_progress: OnProgress) -> None:
    """Says that a call waits for its turn, if it will; what it reports when it begins says that it does."""
    if runner.is_full(lane):
        on_progress(Progress("wait"))


def _any_seed() -> int:
    return secrets.randbits(32)


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
