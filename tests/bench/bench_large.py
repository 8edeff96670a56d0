"""Fits on 36 960 photos in 33 classes, their features kept: do they end within the budget?

Without `--full`, and where LUKOSHKO_BENCH_DIR does not hold that dataset yet, on 4 000 photos: the
large one's features take long, once.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from core.entities import FitOptions, Recipe
from core.photos.duplicates import near_groups
from core.ports import DatasetFiles
from tests.bench.data import (
    CLASSICAL,
    DEFAULT,
    LARGE,
    bench_folder,
    grown_archive,
    photos_are_missing,
    ready_files,
    workers,
)
from tests.bench.memory import PeakMemory
from tests.core.learning import examples_of, ignore

SMALL = 4_000


async def prepared(folder: Path, photos: int) -> DatasetFiles:
    """By processes that are gone when the fits are measured."""
    archive = await asyncio.to_thread(grown_archive, folder, photos)
    async with workers() as compute:
        return await ready_files(compute, archive, [CLASSICAL, DEFAULT])


async def measure_fit(files: DatasetFiles, recipe: Recipe, out: Path) -> str:
    """A row: what came of the fit, its seconds in all, and the memory of its process."""
    async with workers() as compute:
        with PeakMemory() as peak:
            began = time.perf_counter()
            fitted = await compute.training.fit(
                files, recipe, FitOptions(), ("large", 1), out, ignore
            )
            seconds = time.perf_counter() - began
    report = fitted.card.report
    rungs = ", ".join(f"{rung.n} in {rung.seconds:.2f} s" for rung in report.rungs)
    return (
        f"| {recipe.name} | {'yes' if report.complete else 'no'} | {report.n_train} | {rungs} "
        f"| {'yes' if report.refitted else 'no'} | {seconds:.1f} | {peak.bytes / 1e6:.0f} |"
    )


def measure_groups(files: DatasetFiles) -> None:
    began = time.perf_counter()
    groups = len(set(near_groups([example.photo for example in examples_of(files)]).tolist()))
    print(f"Groups of duplicates: {groups}, found in {time.perf_counter() - began:.1f} s")


async def run(folder: Path, photos: int) -> None:
    files = await prepared(folder, photos)
    examples = examples_of(files)
    classes = len({example.label for example in examples})
    print(f"{len(examples)} photos in {classes} classes, a budget of 10 s, features kept\n")
    print("| recipe | complete | photos | rungs | refitted | seconds | peak memory, MB |")
    print("|---|---|---|---|---|---|---|")
    for recipe in (DEFAULT, CLASSICAL):
        print(await measure_fit(files, recipe, folder / "large.onnx"), flush=True)
    print("\nSeconds are those of the caller, from asking the worker to its answer.")
    measure_groups(files)


def main() -> None:
    if photos_are_missing():
        return
    with bench_folder() as folder:
        is_kept = (folder / f"grown-{LARGE}" / "cache/features").exists()
        photos = LARGE if is_kept or "--full" in sys.argv else SMALL
        asyncio.run(run(folder, photos))


if __name__ == "__main__":
    main()
