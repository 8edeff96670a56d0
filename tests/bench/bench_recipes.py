"""Recipes on the shop photos, the table of the README: accuracy on val, seconds, file size.

Without arguments it measures each classifier on the default features, and each extractor with its
default classifier; with names of extractors, every classifier on these.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.entities import FitOptions, FitReport, Recipe
from core.errors import TimeLimitExceeded
from core.models import evaluation, modelfile
from core.ports import Compute, DatasetFiles
from core.recipes import make_recipe
from core.registry import CLASSIFIERS, EXTRACTORS
from tests.bench.data import (
    DEFAULT,
    bench_folder,
    grocery_archive,
    photos_are_missing,
    ready_files,
    workers,
)
from tests.core.learning import examples_of, ignore, vectors_of

HEAD = """\
| recipe | accuracy on val | calibration error | training, s | the fit in all, s | file, MB |
|---|---|---|---|---|---|"""
NOTES = """
Trained on {train} photos in {classes} classes, val has {val} others. Features kept, defaults, a budget of 10 s.
Training: the rung that was scored, alone, in a worker of one thread; the fit in all: every rung, its scores,
the training on everything and the file, as the caller waits for it."""


def shown(features: Sequence[str]) -> list[Recipe]:
    if features:
        return [make_recipe(name, classifier) for name in features for classifier in CLASSIFIERS]
    others = [name for name in EXTRACTORS if name != DEFAULT.features]
    return [
        *(make_recipe(DEFAULT.features, classifier) for classifier in CLASSIFIERS),
        *map(make_recipe, others),
    ]


async def measure(
    compute: Compute, train: DatasetFiles, val: DatasetFiles, recipe: Recipe, out: Path
) -> str:
    """Trains one recipe and returns its row of the table."""
    began = time.perf_counter()
    try:
        fitted = await compute.training.fit(train, recipe, FitOptions(), ("shop", 1), out, ignore)
    except TimeLimitExceeded:
        return f"| {recipe.name} | no model within the budget | – | – | – | – |"
    seconds = time.perf_counter() - began
    report = fitted.card.report
    accuracy, error, megabytes = score(out, val)
    return (
        f"| {recipe.name}{_extent(report)} | {accuracy:.1%} | {error:.3f} "
        f"| {report.seconds.fit:.1f} | {seconds:.1f} | {megabytes:.1f} |"
    )


def _extent(report: FitReport) -> str:
    """The part of the fit that did not end within the budget."""
    if not report.complete:
        return f", on {report.n_train} photos"
    return "" if report.refitted else ", on four fifths"


def score(model: Path, files: DatasetFiles) -> tuple[float, float, float]:
    """Accuracy and expected calibration error, each 0–1, and megabytes of the model file."""
    loaded = modelfile.load(model)
    answers = loaded.answer(vectors_of(files, loaded.card.recipe))
    truth = np.array([loaded.card.classes.index(example.label) for example in examples_of(files)])
    error = evaluation.calibration_error(answers.scores, truth)
    accuracy = float(np.mean(answers.labels == truth))
    return accuracy, error, model.stat().st_size / 1e6


async def run(folder: Path, recipes: Sequence[Recipe]) -> None:
    features = [make_recipe(name) for name in dict.fromkeys(recipe.features for recipe in recipes)]
    async with workers() as compute:
        train, val = [
            await ready_files(compute, grocery_archive(folder, part), features)
            for part in ("train", "val")
        ]
        print(HEAD)
        for recipe in recipes:
            row = await measure(compute, train, val, recipe, folder / "recipe.onnx")
            print(row, flush=True)
    taught, others = examples_of(train), examples_of(val)
    classes = len({example.label for example in taught})
    print(NOTES.format(train=len(taught), val=len(others), classes=classes))


def main(*features: str) -> None:
    if photos_are_missing():
        return
    with bench_folder() as folder:
        asyncio.run(run(folder, shown(features)))


if __name__ == "__main__":
    main(*sys.argv[1:])
