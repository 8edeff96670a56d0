"""Ours against the plain pipeline of `plain.py`, side by side in one run, on growing datasets.

Ours goes through worker processes, as the bot's does: the seconds are those of the caller, and count the
start of a worker process where none was waiting. With `--full` also on 36 960 photos, or on these alone
as `--large`: without the curves, which would take the plain pipeline hours, and with the features that
LUKOSHKO_BENCH_DIR keeps.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from core.entities import FitOptions, FittedModel, Progress, Recipe
from core.ports import Compute, DatasetFiles
from core.recipes import make_recipe
from core.services.training import train
from tests.bench import plain
from tests.bench.data import (
    CLASSICAL,
    DEFAULT,
    LARGE,
    bench_folder,
    grown_archive,
    photos_are_missing,
    read,
    ready_files,
    workers,
)
from tests.core.learning import ignore

SIZES = (1_000, 4_000)
# For the fit with a curve, which has to end for its seconds to be known.
CURVE_BUDGET_S = 600.0

T = TypeVar("T")


@dataclass(frozen=True)
class Plain:
    """Seconds of the plain pipeline; `curve_s` is None where it was not measured."""

    describe_s: float
    resize_s: float
    fit_s: float
    curve_s: float | None


@dataclass(frozen=True)
class Ours:
    """Seconds of one recipe; the second fit has other hyperparameters.

    second_use_case_s : the second fit as the chat waits for it: what features are missing is looked up
        before, and its card is completed after it.
    """

    extract_s: float
    fit_s: float
    second_fit_s: float
    second_use_case_s: float
    second_fit_is_complete: bool
    curve_s: float | None = None
    fit_beside_curve_s: float | None = None


def timed(call: Callable[[], T]) -> tuple[T, float]:
    began = time.perf_counter()
    result = call()
    return result, time.perf_counter() - began


async def timed_call(call: Coroutine[Any, Any, T]) -> tuple[T, float]:
    began = time.perf_counter()
    result = await call
    return result, time.perf_counter() - began


def measure_plain(archive: Path, folder: Path, *, with_curve: bool) -> Plain:
    paths, unpacking_s = timed(lambda: plain.unpack(archive, folder / "photos"))
    describing = (plain.measure_sizes, plain.measure_colours, plain.count_duplicates)
    describing_s = [timed(lambda step=step: step(paths))[1] for step in describing]
    resized, resize_s = timed(lambda: plain.resize(paths, folder / "resized"))
    return Plain(
        describe_s=unpacking_s + sum(describing_s),
        resize_s=resize_s,
        fit_s=timed(lambda: plain.fit(resized))[1],
        curve_s=timed(lambda: plain.curve(resized))[1] if with_curve else None,
    )


async def measure_reading(
    compute: Compute, archive: Path, folder: Path
) -> tuple[DatasetFiles, float]:
    """The dataset, and the seconds of reading and describing it."""
    reading, read_s = await timed_call(read(compute, archive, folder))
    files = DatasetFiles(reading.examples, reading.photos, reading.cache)
    _, describe_s = await timed_call(compute.reading.describe(files))
    return files, read_s + describe_s


async def measure_ours(
    compute: Compute, files: DatasetFiles, recipes: tuple[Recipe, Recipe], *, with_curve: bool
) -> Ours:
    first, second = recipes
    out = Path(files.listing).parent / "model.onnx"

    def fit(recipe: Recipe) -> Coroutine[Any, Any, FittedModel]:
        return compute.training.fit(files, recipe, FitOptions(), ("bench", 1), out, ignore)

    _, extract_s = await timed_call(compute.training.extract(files, first, ignore))
    _, fit_s = await timed_call(fit(first))
    fitted, second_fit_s = await timed_call(fit(second))
    _, use_case_s = await timed_call(
        train(compute.training, files, ("bench", 1), second, FitOptions(), out, ignore)
    )
    ours = Ours(extract_s, fit_s, second_fit_s, use_case_s, fitted.card.report.complete)
    if not with_curve:
        return ours
    beside_s, curve_s = await measure_curve(compute, files, first, out)
    return replace(ours, curve_s=curve_s, fit_beside_curve_s=beside_s)


async def measure_curve(
    compute: Compute, files: DatasetFiles, recipe: Recipe, out: Path
) -> tuple[float, float]:
    """Seconds of a fit up to its curve, and of the curve, in one process."""
    moments = [time.perf_counter()]

    def watch(message: Progress) -> None:
        if message.stage == "curve":
            moments.append(time.perf_counter())

    options = FitOptions(budget_s=CURVE_BUDGET_S, curve=True)
    await compute.training.fit(files, recipe, options, ("bench", 1), out, watch)
    began, curve_began, ended = *moments, time.perf_counter()
    return curve_began - began, ended - curve_began


def show(what: str, plain_s: float | None, ours_s: float | None, note: str = "") -> None:
    columns = [f"{seconds:.2f}" if seconds else "–" for seconds in (plain_s, ours_s)]
    ratio = f"{plain_s / ours_s:.1f}" if plain_s and ours_s else "–"
    print(f"| {what}{note} | {columns[0]} | {columns[1]} | {ratio} |", flush=True)


def show_recipe(name: str, reference: Plain, ours: Ours) -> None:
    if reference.curve_s:  # else the features were there
        show(f"first fit, {name}, features with it", reference.fit_s, ours.extract_s + ours.fit_s)
    note = "" if ours.second_fit_is_complete else ", ended by its budget"
    show(f"second fit, {name}", reference.fit_s, ours.second_fit_s, note)
    show("the same, as the chat waits for it", reference.fit_s, ours.second_use_case_s, note)
    if ours.curve_s and ours.fit_beside_curve_s:
        share = ours.curve_s / ours.fit_beside_curve_s
        show(f"curve, {name}", reference.curve_s, ours.curve_s, f", {share:.1f} × its fit")


async def compare(photos: int, archive: Path, folder: Path) -> None:
    print(f"\n| {photos} photos | plain, s | ours, s | plain : ours |\n|---|---|---|---|")
    is_small = photos < LARGE
    reference = await asyncio.to_thread(measure_plain, archive, folder, with_curve=is_small)
    async with workers() as compute:
        files, read_s = await measure_reading(compute, archive, folder / "reading")
        if not is_small:
            files = await ready_files(compute, archive, [DEFAULT, CLASSICAL])
        show("reading and describing", reference.describe_s, read_s)
        show("the same, and small copies", reference.describe_s + reference.resize_s, read_s)
        for features, other in (("lite2", {"shrinkage": "0.5"}), ("hog", {"C": "1"})):
            recipes = make_recipe(features), make_recipe(features, settings=other)
            with_curve = is_small or features == "lite2"
            ours = await measure_ours(compute, files, recipes, with_curve=with_curve)
            show_recipe(recipes[0].name, reference, ours)


def sizes() -> tuple[int, ...]:
    if "--large" in sys.argv:
        return (LARGE,)
    return (*SIZES, LARGE) if "--full" in sys.argv else SIZES


def main() -> None:
    if photos_are_missing():
        return
    print("Plain: one process, always hog+pca+svc. Ours: worker processes, their starts counted.")
    with bench_folder() as folder:
        for photos in sizes():
            archive = grown_archive(folder, photos)
            with TemporaryDirectory(dir=folder) as temporary:
                asyncio.run(compare(photos, archive, Path(temporary)))


if __name__ == "__main__":
    main()
