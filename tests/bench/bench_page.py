"""A model's page in Chromium, from a file and without a network: size, start, milliseconds per photo, and how often it
answers as the bot does."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from core.entities import Certainty, Prediction
from core.export.page import make_page
from core.export.web_runtime import is_there
from core.features.registry import make_extractor
from core.models import modelfile, prediction
from core.models.baseline import FILE
from core.photos.images import decode
from core.sealed import Stored
from tests.bench.bench_predict import write_photo
from tests.bench.data import photos_are_missing
from tests.chromium import CHROMIUM, browsing
from tests.core.export.browser import CAMERA, Shown, opened
from tests.core.learning import GROCERY

PHOTOS = 50
STARTS, REPEATS = 3, 10


async def start_seconds(page: Path) -> list[float]:
    """From a browser that is open to a page that is ready."""
    taken = []
    for _ in range(STARTS):
        async with browsing(*CAMERA) as browser, opened(browser, page) as found:
            began = time.perf_counter()
            await found.open(page)
            taken.append(time.perf_counter() - began)
    return taken


async def run(page: Path, photos: list[Path], large: Path) -> None:
    print(f"Ready after {statistics.median(await start_seconds(page)):.1f} s")
    async with browsing(*CAMERA) as browser, opened(browser, page) as found:
        shown, taken = [], []
        for photo in photos:
            began = time.perf_counter()
            shown.append(await found.answer(photo))
            taken.append(time.perf_counter() - began)
        large_ms = []
        for _ in range(REPEATS):
            began = time.perf_counter()
            await found.answer(large)
            large_ms.append(1e3 * (time.perf_counter() - began))
        await found.answer(photos[0])
        began = time.perf_counter()
        await found.explain()
        why_ms = 1e3 * (time.perf_counter() - began)
    print(
        f"{1e3 * statistics.median(taken):.0f} ms per photo, {statistics.median(large_ms):.0f} ms at 1 280 × 960, {why_ms:.0f} ms more for a heat map"
    )
    compare(shown, [said_by_bot(photo) for photo in photos])


def said_by_bot(photo: Path) -> Prediction:
    model = modelfile.load(FILE)
    return prediction.predict(
        model, decode(photo.read_bytes(), make_extractor(model.card.recipe).side)
    )


def compare(shown: list[Shown], said: list[Prediction]) -> None:
    pairs = list(zip(shown, said, strict=True))
    differences = [abs((one.probability or 0) - (other.probability or 0)) for one, other in pairs]
    print(f"|Δp|: mean {statistics.mean(differences):.4f}, largest {max(differences):.4f}")
    for name, some in (
        ("all", pairs),
        (
            "those of which the bot is sure",
            [pair for pair in pairs if pair[1].answer is Certainty.SURE],
        ),
    ):
        labels = sum(one.label == other.label for one, other in some)
        states = sum(one.state == other.answer for one, other in some)
        print(f"{name}: the same class for {labels} of {len(some)}, as certain for {states}")
    for one, other in pairs:
        if one.label != other.label:
            print(
                f"  {one.label} {one.probability:.2f}, and the bot: {other.top[:2]}, {other.answer}"
            )


def main() -> None:
    if photos_are_missing():
        return
    if CHROMIUM is None or not is_there():
        print("There is no Chromium, or no web runtime (`make web`).")
        return
    photos = sorted((GROCERY / "val").rglob("*.jpg"))
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_bytes(make_page(Stored(FILE)))
        print(f"{page.stat().st_size / 1e6:.1f} MB")
        large = write_photo(Path(folder) / "photo.jpg")
        asyncio.run(run(page, photos[:: -(-len(photos) // PHOTOS)], large))


if __name__ == "__main__":
    main()
