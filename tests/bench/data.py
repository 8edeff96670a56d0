"""The datasets of the benchmarks, made once: in LUKOSHKO_BENCH_DIR they stay, features included.

`python -m tests.bench.data` makes the largest one there, with the features of `bench_large`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from core.cache_folder import write_whole
from core.entities import LabelSource, Progress, Reading, Recipe
from core.jobs.compute import make_compute
from core.jobs.local import LocalRunner
from core.ports import Compute, DatasetFiles
from core.recipes import make_recipe
from core.serialization import to_json
from tests.bench.growth import write_grown
from tests.core.learning import GROCERY, ignore, zip_groceries

FOLDER = "LUKOSHKO_BENCH_DIR"
LARGE = 36_960
# Its number grows with the form of a reading: version 0.1.0 left `reading.json`.
READING = "reading-2.json"

DEFAULT = make_recipe()
# Settings of the features that were the default of version 0.1.0.
V01 = {"size": "320", "views": "1", "focus": "0.45", "precision": "fp32"}
VERSION_0_1 = make_recipe("lite2", "lda", V01)
CLASSICAL = make_recipe("hog")


@contextmanager
def bench_folder() -> Iterator[Path]:
    """LUKOSHKO_BENCH_DIR, else a temporary folder."""
    if kept := os.environ.get(FOLDER):
        folder = Path(kept)
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
    else:
        with TemporaryDirectory() as temporary:
            yield Path(temporary)


def photos_are_missing() -> bool:
    """Return whether the real photos are missing, and print it."""
    if not GROCERY.is_dir():
        print(f"Needs the Grocery Store photos in {GROCERY}, which are not there.")
    return not GROCERY.is_dir()


def grown_archive(folder: Path, photos: int) -> Path:
    """The ZIP of this many varied photos."""
    archive = folder / f"grown-{photos}.zip"
    return archive if archive.exists() else write_grown(archive, photos)


def grocery_archive(folder: Path, part: str) -> Path:
    """The ZIP of the real photos of `train` or `val`, in their coarse classes."""
    archive = folder / f"grocery-{part}.zip"
    return archive if archive.exists() else zip_groceries(part, archive)


@asynccontextmanager
async def workers() -> AsyncIterator[Compute]:
    """The seven ports over local processes that are there already."""
    runner = LocalRunner()
    await runner.start()
    try:
        yield make_compute(runner)
    finally:
        await runner.close()


async def ready_files(compute: Compute, archive: Path, recipes: Sequence[Recipe]) -> DatasetFiles:
    """The archive read, and the features of the recipes extracted, both kept beside it."""
    files = await read_files(compute, archive)
    for recipe in recipes:
        await compute.training.extract(files, recipe, ignore)
    return files


async def read_files(compute: Compute, archive: Path) -> DatasetFiles:
    """The archive read, or as it was read before, by today's form of a reading."""
    folder = archive.with_suffix("")
    memory = folder / READING
    if not memory.exists():
        write_whole(memory, to_json(await read(compute, archive, folder)).encode())
    return DatasetFiles(str(folder / "examples"), str(folder / "photos"), str(folder / "cache"))


async def read(compute: Compute, archive: Path, out: Path) -> Reading:
    return await compute.reading.read_archive(archive, LabelSource.FOLDERS, None, out, ignore)


async def _make_large(folder: Path) -> None:
    async with workers() as compute:
        files = await read_files(compute, grown_archive(folder, LARGE))
        for recipe in (CLASSICAL, DEFAULT):
            await compute.training.extract(files, recipe, _show)


def _show(progress: Progress) -> None:
    print(f"\r{progress.stage}: {progress.done} of {progress.total}", end="", flush=True)


def main() -> None:
    with bench_folder() as folder:
        asyncio.run(_make_large(folder))


if __name__ == "__main__":
    main()
