"""Features of a dataset: photos per second on two processes, and the times of reading and
extraction."""

from __future__ import annotations

import asyncio
import os
import statistics
import time
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from core.datasets.reading import read_archive
from core.entities import Recipe
from core.features.registry import make_extractor
from core.photos.images import decode
from core.ports import DatasetFiles
from core.recipes import make_recipe
from core.registry import EXTRACTORS
from tests.bench.data import (
    DEFAULT,
    VERSION_0_1,
    bench_folder,
    grown_archive,
    photos_are_missing,
    workers,
)
from tests.core.learning import examples_of, ignore

PHOTOS = 1_000
ALONE = 100
WARM_UP = 10

RECIPES = {
    **{name: make_recipe(name) for name in EXTRACTORS},
    "lite2 of version 0.1.0": VERSION_0_1,
    "lite0 at 224 px": make_recipe("lite0", settings={"size": "224"}),
}


def median_ms(call: Callable[[bytes], object], inputs: Sequence[bytes]) -> float:
    seconds = []
    for content in inputs:
        began = time.perf_counter()
        call(content)
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds[WARM_UP:]) * 1e3


def measure_alone(recipe: Recipe, contents: Sequence[bytes]) -> tuple[float, float]:
    """Milliseconds of one photo's reading, and of its features, in this process."""
    extractor = make_extractor(recipe)
    image = decode(contents[0], extractor.side)
    return (
        median_ms(lambda content: decode(content, extractor.side), contents),
        median_ms(lambda _: extractor.extract([image]), contents),
    )


async def photos_per_second(files: DatasetFiles, recipe: Recipe) -> float:
    """The bot's way, its processes started beforehand."""
    async with workers() as compute:
        began = time.perf_counter()
        await compute.training.extract(files, recipe, ignore)
        seconds = time.perf_counter() - began
    return len(examples_of(files)) / seconds


async def run(archive: Path, workspace: Path) -> None:
    reading = read_archive(archive, (), workspace, ignore)
    files = DatasetFiles(reading.examples, reading.photos, reading.cache)
    with zipfile.ZipFile(archive) as opened:
        contents = [opened.read(name) for name in opened.namelist()[:ALONE]]
    print("| features | read, ms | extract, ms | photos per second |\n|---|---|---|---|")
    for name, recipe in RECIPES.items():
        read_ms, extract_ms = measure_alone(recipe, contents)
        rate = await photos_per_second(files, recipe)
        title = f"{name} (default)" if recipe == DEFAULT else name
        print(f"| {title} | {read_ms:.1f} | {extract_ms:.1f} | {rate:.0f} |", flush=True)


def main() -> None:
    if photos_are_missing():
        return
    print(f"{PHOTOS} photos of 348 × 348 pixels through the workers, {os.cpu_count()} cores;")
    print("reading one photo, and extracting it alone: medians\n")
    with bench_folder() as folder, TemporaryDirectory(dir=folder) as workspace:
        asyncio.run(run(grown_archive(folder, PHOTOS), Path(workspace)))


if __name__ == "__main__":
    main()
