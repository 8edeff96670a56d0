"""Mislabelled photos found: 5 % of the real photos' labels are swapped, and looked for.

The photos of `train` in their coarse classes. Swapped for any class at random, or for the one that the
photo is taken for most easily: the class whose mean is nearest after its own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.entities import Example
from core.ports import Compute, DatasetFiles
from tests.bench.bench_few import Floats, listed
from tests.bench.data import (
    DEFAULT,
    bench_folder,
    grocery_archive,
    photos_are_missing,
    ready_files,
    workers,
)
from tests.core.learning import examples_of, vectors_of

SHARE = 0.05
SEEDS = range(5)

Ints = NDArray[np.intp]
Swap = Callable[[Ints, np.random.Generator], Ints]

HEAD = f"""| {SHARE:.0%} swapped for | found among the first 2 × as many | found | shown | seconds |
|---|---|---|---|---|"""


def swaps(vectors: Floats, labels: Ints) -> Mapping[str, Swap]:
    """The new classes of photos at some positions, by how they are chosen."""
    means = np.stack([vectors[labels == label].mean(0) for label in range(labels.max() + 1)])

    def at_random(rows: Ints, random: np.random.Generator) -> Ints:
        away = random.integers(1, len(means), len(rows))
        return (labels[rows] + away) % len(means)

    def nearest(rows: Ints, random: np.random.Generator) -> Ints:
        distances = ((vectors[rows, None] - means) ** 2).sum(2)
        distances[np.arange(len(rows)), labels[rows]] = np.inf
        return distances.argmin(1)

    return {"any class": at_random, "the nearest other class": nearest}


async def measure(
    compute: Compute, files: DatasetFiles, examples: tuple[Example, ...], name: str, seed: int
) -> tuple[float, float, float, float]:
    """Shares of the swapped found, how many times as many are shown, and the seconds."""
    classes = sorted({example.label for example in examples})
    labels = np.array([classes.index(example.label) for example in examples])
    random = np.random.default_rng(seed)
    rows = random.choice(len(labels), round(SHARE * len(labels)), replace=False)
    changed = labels.copy()
    changed[rows] = swaps(vectors_of(files, DEFAULT), labels)[name](rows, random)
    swapped = {examples[row].id for row in rows}
    pairs = zip(examples, changed, strict=True)
    with listed(files, (replace(e, label=classes[label]) for e, label in pairs)) as mislabelled:
        began = time.perf_counter()
        suspects = await compute.training.suspects(mislabelled, DEFAULT)
        seconds = time.perf_counter() - began
    shown = [suspect.example_id for suspect in suspects]
    first = swapped & set(shown[: 2 * len(swapped)])
    return (
        len(first) / len(swapped),
        len(swapped & set(shown)) / len(swapped),
        len(shown) / len(swapped),
        seconds,
    )


async def run(folder: Path) -> None:
    async with workers() as compute:
        files = await ready_files(compute, grocery_archive(folder, "train"), [DEFAULT])
        examples = tuple(replace(e, id=n) for n, e in enumerate(examples_of(files), 1))
        print(HEAD)
        for name in ("any class", "the nearest other class"):
            runs = [await measure(compute, files, examples, name, seed) for seed in SEEDS]
            first, found, shown, seconds = np.mean(runs, axis=0)
            print(
                f"| {name} | {first:.1%} | {found:.1%} | {shown:.2f} × | {seconds:.1f} |",
                flush=True,
            )
        clean = await compute.training.suspects(files, DEFAULT)
        print(f"\nShown where none are swapped: {len(clean)} of {len(examples)}.")


def main() -> None:
    if photos_are_missing():
        return
    with bench_folder() as folder:
        asyncio.run(run(folder))


if __name__ == "__main__":
    main()
