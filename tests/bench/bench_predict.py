"""One photo of 1 280 pixels classified by a warm worker, alone and beside two fits."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from PIL import Image

from core.entities import FitOptions, Prediction, Recipe
from core.errors import TimeLimitExceeded
from core.ports import Compute, DatasetFiles
from core.recipes import make_recipe
from core.sealed import Stored
from tests.bench.data import (
    CLASSICAL,
    DEFAULT,
    VERSION_0_1,
    bench_folder,
    grocery_archive,
    photos_are_missing,
    ready_files,
    workers,
)
from tests.core.learning import GROCERY, ignore

RECIPES = {
    "lite2 of version 0.1.0 + lda": VERSION_0_1,
    "default": DEFAULT,
    "fast": make_recipe("fast"),
    "lite0": make_recipe("lite0"),
    "hog": CLASSICAL,
}
FITTED_MEANWHILE = (DEFAULT, CLASSICAL)

WARM_UP = 20
PREDICTIONS = 300

COLUMNS, ROWS, TILE = 4, 3, 320


def write_photo(path: Path) -> Path:
    """A JPEG of 1 280 × 960 pixels, as Telegram sends them: twelve shop photos side by side."""
    photo = Image.new("RGB", (COLUMNS * TILE, ROWS * TILE))
    originals = sorted((GROCERY / "val").rglob("*.jpg"))[:: COLUMNS * ROWS]
    for place in range(COLUMNS * ROWS):
        row, column = divmod(place, COLUMNS)
        with Image.open(originals[place]) as original:
            photo.paste(original.resize((TILE, TILE)), (column * TILE, row * TILE))
    photo.save(path, quality=87)
    return path


async def fit(compute: Compute, files: DatasetFiles, recipe: Recipe, out: Path) -> Path:
    fitted = await compute.training.fit(files, recipe, FitOptions(), ("shop", 1), out, ignore)
    return Path(fitted.path)


async def predict_ms(compute: Compute, model: Path, photo: Path) -> list[float]:
    """Milliseconds of each of many predictions, from the request to the answer."""
    taken = []
    for _ in range(WARM_UP + PREDICTIONS):
        began = time.perf_counter()
        (answer,) = await compute.predicting.predict(Stored(model), [photo])
        taken.append((time.perf_counter() - began) * 1e3)
        assert isinstance(answer, Prediction)
    return taken[WARM_UP:]


@asynccontextmanager
async def two_fits(compute: Compute, files: DatasetFiles, folder: Path) -> AsyncIterator[list[int]]:
    """Two fits run meanwhile, each followed by the next; gives how many of each have ended."""
    ended = [0, 0]

    async def keep_fitting(number: int) -> None:
        while True:
            with suppress(TimeLimitExceeded):  # on a machine this busy the first rung may not end
                out = folder / f"meanwhile-{number}.onnx"
                await fit(compute, files, FITTED_MEANWHILE[number], out)
            ended[number] += 1

    fitting = [asyncio.create_task(keep_fitting(number)) for number in (0, 1)]
    try:
        yield ended
    finally:
        for task in fitting:
            task.cancel()
        failures = await asyncio.gather(*fitting, return_exceptions=True)
        assert all(isinstance(failure, asyncio.CancelledError) for failure in failures), failures


def row(name: str, alone: list[float], beside: list[float]) -> str:
    cells = (
        f"{statistics.median(taken):.1f} | {statistics.quantiles(taken, n=100)[98]:.1f}"
        for taken in (alone, beside)
    )
    return f"| {name} | {' | '.join(cells)} |"


async def run(folder: Path) -> None:
    counts = list[str]()
    async with workers() as compute:
        files = await ready_files(compute, grocery_archive(folder, "train"), [*RECIPES.values()])
        photo = write_photo(folder / "photo.jpg")
        print("| recipe | median, ms | p99, ms | beside two fits: median, ms | p99, ms |")
        print("|---|---|---|---|---|")
        for name, recipe in RECIPES.items():
            model = await fit(compute, files, recipe, folder / f"{name}.onnx")
            alone = await predict_ms(compute, model, photo)
            async with two_fits(compute, files, folder) as ended:
                beside = await predict_ms(compute, model, photo)
            print(row(name, alone, beside), flush=True)
            counts.append(str(sum(ended)))
    print(f"\nFits that ended meanwhile: {', '.join(counts)}")


def main() -> None:
    if photos_are_missing():
        return
    print(f"{PREDICTIONS} predictions each through a warm worker, of a file that is decoded anew\n")
    with bench_folder() as folder:
        asyncio.run(run(folder))


if __name__ == "__main__":
    main()
