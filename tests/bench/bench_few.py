"""Accuracy with few photos per class: version 0.1's default recipe and today's, side by side, and the live model's.

The 81 fine classes of the shop photos: some photos per class are drawn at random from `train`, the
same for both recipes, and all of `val` is asked. A model comes from a fit as users make it. Where so few
photos can't be fitted, the class is that with the nearest mean vector.
"""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from core.datasets.twins import groups_of
from core.entities import Example, FitOptions, Recipe
from core.errors import PhotosInSeveralClasses, TooFewPhotos
from core.models import modelfile
from core.ports import Compute, DatasetFiles
from tests.bench import live_head
from tests.bench.data import (
    DEFAULT,
    VERSION_0_1,
    bench_folder,
    grocery_archive,
    photos_are_missing,
    ready_files,
    workers,
)
from tests.bench.live_head import Labelled, Parts, nearest_means
from tests.core.learning import GROCERY, examples_of, ignore, vectors_of, with_examples

BEFORE, TODAY = "version 0.1's default", "today's default"
RECIPES = {BEFORE: VERSION_0_1, TODAY: DEFAULT}
PHOTOS_PER_CLASS = (1, 3, 5, 10)
SEEDS = range(5)

NOTES = """
% right of {asked} photos of `val`, {classes} fine classes: mean and standard deviation of {seeds} draws from `train`.
*: by the nearest class mean, since a fit is not possible. Today's default: {recipe}."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Part:
    """`train` or `val` with fine labels. vectors : by recipe, float32 (n, d), in the examples'
    order."""

    files: DatasetFiles
    examples: tuple[Example, ...]
    vectors: Mapping[str, Floats]

    @property
    def labels(self) -> NDArray[np.str_]:
        return np.array([example.label for example in self.examples])

    def labelled(self, recipe: str) -> Labelled:
        return Labelled(self.vectors[recipe], self.labels, groups_of(self.examples))


async def prepared(compute: Compute, folder: Path, part: str) -> Part:
    files = await ready_files(compute, grocery_archive(folder, part), list(RECIPES.values()))
    fine = fine_labels(part)
    examples = [replace(e, label=fine[Path(e.name).name]) for e in examples_of(files)]
    vectors = {name: vectors_of(files, recipe) for name, recipe in RECIPES.items()}
    return Part(files, tuple(examples), vectors)


def fine_labels(part: str) -> Mapping[str, str]:
    """The fine class of each photo, by the photo's file name, which says it too."""
    with (GROCERY / f"{part}.txt").open(newline="") as lines:
        rows = csv.reader(lines, skipinitialspace=True)
        return {Path(path).name: Path(path).parent.name for path, _, _ in rows}


def drawn(labels: NDArray[np.str_], per_class: int, seed: int) -> NDArray[np.intp]:
    """Positions of this many photos of each class, ascending."""
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    chosen = [shuffled[labels[shuffled] == label][:per_class] for label in np.unique(labels)]
    return np.sort(np.concatenate(chosen))


async def fitted_answers(
    compute: Compute, files: DatasetFiles, recipe: Recipe, asked: Floats
) -> NDArray[np.str_]:
    """Answers of a model that was fitted on these files. Raises TooFewPhotos,
    PhotosInSeveralClasses."""
    with TemporaryDirectory() as folder:
        out = Path(folder) / "model.onnx"
        await compute.training.fit(files, recipe, FitOptions(), ("few", 1), out, ignore)
        model = modelfile.load(out)
    return np.array(model.card.classes)[model.answer(asked).labels]


async def measure(compute: Compute, train: Part, val: Part, name: str, per_class: int) -> str:
    """A cell of the table."""
    shares, by_means = [], False
    for seed in SEEDS:
        rows, asked = drawn(train.labels, per_class, seed), val.vectors[name]
        with listed(train.files, (train.examples[row] for row in rows)) as files:
            try:
                named = await fitted_answers(compute, files, RECIPES[name], asked)
            except (TooFewPhotos, PhotosInSeveralClasses):
                by_means = True
                named = nearest_means(train.vectors[name][rows], train.labels[rows], asked)
        shares.append(100 * np.mean(named == val.labels))
    return f"{np.mean(shares):.1f} ± {np.std(shares):.1f}{'*' * by_means}"


@contextmanager
def listed(files: DatasetFiles, examples: Iterable[Example]) -> Iterator[DatasetFiles]:
    """The same photos, under these examples, for the length of the block."""
    listing = with_examples(files, examples)
    try:
        yield listing
    finally:
        Path(listing.listing).unlink()


def row_of(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


async def run(folder: Path) -> None:
    print(row_of(["photos per class", *map(str, PHOTOS_PER_CLASS)]))
    print(row_of(["---"] * (1 + len(PHOTOS_PER_CLASS))))
    async with workers() as compute:
        train, val = [await prepared(compute, folder, part) for part in ("train", "val")]
        for name in RECIPES:
            cells = [await measure(compute, train, val, name, n) for n in PHOTOS_PER_CLASS]
            print(row_of([name, *cells]), flush=True)
    print(
        NOTES.format(
            asked=len(val.examples),
            classes=len(np.unique(train.labels)),
            seeds=len(SEEDS),
            recipe=DEFAULT.name,
        )
    )
    by_recipe = (Parts(train.labelled(name), val.labelled(name)) for name in (TODAY, BEFORE))
    live_head.print_table(*by_recipe)


def main() -> None:
    if photos_are_missing():
        return
    with bench_folder() as folder:
        asyncio.run(run(folder))


if __name__ == "__main__":
    main()
