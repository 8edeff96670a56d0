"""Accuracy against speed: ways to use the built-in network, as a table and as the picture of docs/.

`python -m tests.bench.bench_curve [FILE.png]`
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.charts.style import BLUE, TEXT_SIZE, VERMILION, Canvas, annotate
from core.entities import Recipe
from core.features.registry import make_extractor
from core.models import evaluation, training
from core.photos.duplicates import near_groups
from core.photos.images import decode
from core.photos.store import PhotoStore
from core.ports import Compute, DatasetFiles
from core.recipes import make_recipe
from tests.bench.data import (
    V01,
    VERSION_0_1,
    bench_folder,
    grocery_archive,
    photos_are_missing,
    read_files,
    workers,
)
from tests.core.learning import examples_of, ignore, vectors_of

WAYS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "0.1.0": ("lite2", V01),
    "224 px, whole": ("fast", {"size": "224"}),
    "fast": ("fast", {}),
    "348 px, whole": ("fast", {"size": "348"}),
    "256 px, two views": ("lite2", {"size": "256"}),
    "288 px, two views": ("lite2", {"size": "288"}),
    "320 px, two views": ("lite2", {"size": "320"}),
    "default": ("lite2", {}),
    "default, exact": ("lite2", {"precision": "fp32"}),
    "348 px, three views": ("lite2", {"views": "3"}),
    "best": ("best", {}),
}
TIMED_PHOTOS = 66
WARM_UP = 3
NAMED = ("0.1.0", "fast", "default", "best")
"""Those that a recipe has a name for; the picture names them, in another colour."""

HEAD = """\
| features | speed, 0.1.0 = 1 | val, coarse | val, fine | val teaches train, coarse | fine |
|---|---|---|---|---|---|"""


@dataclass(frozen=True)
class Point:
    """rate : photos per second as a multiple of version 0.1.0's. Shares of right answers, %, of the coarse and of the fine classes: trained on
    train and asked about val, and the other way round."""

    rate: float
    val: tuple[float, float]
    few: tuple[float, float]


def row(name: str, point: Point) -> str:
    shares = " | ".join(f"{share:.1f}" for share in (*point.val, *point.few))
    return f"| {name} | {point.rate:.2f} | {shares} |"


def labels_of(files: DatasetFiles, *, fine: bool) -> list[str]:
    """The coarse classes, or the fine ones, which the files are named by: "Pink-Lady_001.jpg"."""
    return [
        Path(example.name).stem.rsplit("_", 1)[0] if fine else example.label
        for example in examples_of(files)
    ]


def right(taught: DatasetFiles, asked: DatasetFiles, recipe: Recipe, *, fine: bool) -> float:
    """The share of right answers about all photos, 0–100."""
    labels = labels_of(taught, fine=fine)
    classes = tuple(sorted(set(labels)))
    data = training.TrainingSet(
        vectors=vectors_of(taught, recipe),
        labels=evaluation.positions(labels, classes),
        groups=near_groups([example.photo for example in examples_of(taught)]),
        classes=classes,
        name="shop",
        version=1,
    )
    pipeline = training.train_pipeline(data, recipe, np.arange(len(labels)), seed=0)
    named = pipeline.predict(vectors_of(asked, recipe))
    truth = labels_of(asked, fine=fine)
    return 100 * float(
        np.mean([classes[i] == label for i, label in zip(named, truth, strict=True)])
    )


def times_as_fast(files: DatasetFiles, recipe: Recipe) -> float:
    """How many times as many photos a second as version 0.1.0, on one core: decoded and extracted in turn, in
    seconds of the processor, so that what else runs on the machine disturbs it little."""
    store = PhotoStore(Path(files.photos))
    photos = [store.read(e.photo.sha256) for e in examples_of(files)[:: -(-2640 // TIMED_PHOTOS)]]
    extractors = make_extractor(VERSION_0_1), make_extractor(recipe)
    seconds = np.zeros(2)
    for number, photo in enumerate(photos):
        for one, extractor in enumerate(extractors):
            began = time.process_time()
            extractor.extract([decode(photo, extractor.side)])
            # The first ones make the sessions.
            if number >= WARM_UP:
                seconds[one] += time.process_time() - began
    return float(seconds[0] / seconds[1])


async def measure(
    compute: Compute, train: DatasetFiles, val: DatasetFiles, recipe: Recipe
) -> Point:
    for part in (train, val):
        await compute.training.extract(part, recipe, ignore)
    coarse, fine = (
        (right(train, val, recipe, fine=fine), right(val, train, recipe, fine=fine))
        for fine in (False, True)
    )
    return Point(times_as_fast(train, recipe), (coarse[0], fine[0]), (coarse[1], fine[1]))


def draw(points: Mapping[str, Point], out: Path) -> None:
    """The fine classes named rightly where few photos taught them, which differ most, against the rate."""
    canvas = Canvas("Speed, and fine classes named rightly", 1080, 760)
    axes = canvas.axes(120, 20, 900, 620)
    for name, point in points.items():
        color = VERMILION if name in NAMED else BLUE
        axes.plot(point.rate, point.few[1], "o", color=color, markersize=14)
        if name in NAMED:
            annotate(axes, name, point.rate, point.few[1], right=14, up=14, size=22)
    rates, shares = zip(*((point.rate, point.few[1]) for point in points.values()), strict=True)
    axes.set_xticks(range(int(max(rates)) + 2))
    axes.set_yticks(range(int(min(shares)) - 1, int(max(shares)) + 3))
    axes.set_xlabel("photos per second, version 0.1.0 = 1", size=TEXT_SIZE)
    axes.set_ylabel("% right", size=TEXT_SIZE)
    canvas.save(out)


async def run(folder: Path, out: Path) -> None:
    points = dict[str, Point]()
    async with workers() as compute:
        train, val = [
            await read_files(compute, grocery_archive(folder, part)) for part in ("train", "val")
        ]
        print(HEAD)
        for name, (features, settings) in WAYS.items():
            recipe = VERSION_0_1 if name == "0.1.0" else make_recipe(features, None, settings)
            points[name] = await measure(compute, train, val, recipe)
            print(row(name, points[name]), flush=True)
    draw(points, out)


def main(*words: str) -> None:
    if photos_are_missing():
        return
    with bench_folder() as folder:
        out = Path(words[0]) if words else folder / "curve.png"
        asyncio.run(run(folder, out))
        print(f"\n{out}")


if __name__ == "__main__":
    main(*sys.argv[1:])
