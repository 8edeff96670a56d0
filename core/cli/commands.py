"""The commands: arguments in, something printed, an exit code out."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import secrets
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from core import recipes, registry
from core.cache_folder import write_whole
from core.cli import output
from core.cli.data import read_data
from core.cli.target import check_output
from core.entities import (
    FOLDER,
    Description,
    ExportFormat,
    FitOptions,
    FitReport,
    FolderScore,
    LabelSource,
    Prediction,
    Recipe,
)
from core.errors import (
    BadInput,
    ClassesUnknownToModel,
    DataNotFound,
    FolderNeedsPhotos,
    UnknownExportFormat,
)
from core.jobs import tasks
from core.jobs.compute import make_compute
from core.jobs.local import LocalRunner
from core.ports import Compute
from core.sealed import Stored
from core.services.takeaway import write_folder
from core.services.training import train

T = TypeVar("T")

OK, BAD_INPUT = 0, 2


def info(arguments: argparse.Namespace) -> int:
    """Prints the description of DATA."""

    async def describe(compute: Compute, bar: output.ProgressBar) -> Description:
        data = await read_data(compute.reading, arguments.data, arguments.classes, bar)
        description = await compute.reading.describe(data.files)
        found = data.reading
        return replace(description, skipped=found.skipped, notes=found.notes, seconds=found.seconds)

    description = _with_workers(describe, tasks.READING)
    if arguments.json:
        output.print_json(output.description_json(description))
    else:
        output.print_description(description)
        output.print_notes(description.notes, sys.stdout)
    return OK


def samples(arguments: argparse.Namespace) -> int:
    """Draws a sheet of examples. Raises BadInput for an output that can't be written, before the work."""
    check_output(arguments.out, arguments.data)
    with tempfile.TemporaryDirectory() as folder:
        sheet = Path(folder) / "sheet.png"

        async def draw(compute: Compute, bar: output.ProgressBar) -> None:
            data = await read_data(compute.reading, arguments.data, arguments.classes, bar)
            await compute.drawing.draw_sheet(data.files, secrets.randbits(32), sheet)

        _with_workers(draw, tasks.READING, tasks.DRAWING)
        write_whole(arguments.out, sheet.read_bytes())
    print(arguments.out)
    return OK


def fit(arguments: argparse.Namespace) -> int:
    """Trains, scores and prints the report; writes the model if a file for it is given."""
    recipe = recipes.make_recipe(arguments.features, arguments.classifier, dict(arguments.set))
    if arguments.out:
        check_output(arguments.out, *filter(None, (arguments.data, arguments.test)))
    report = _fit(arguments, recipe)
    if arguments.json:
        output.print_json(output.report_json(report, arguments.out))
    else:
        output.print_report(report, arguments.out)
    return OK


def predict(arguments: argparse.Namespace) -> int:
    """Classifies images. One that can't be read is reported on stderr and makes the exit code 2;
    the others are answered all the same."""
    for path in (arguments.model, *arguments.images):
        if not path.exists():
            raise DataNotFound(path=str(path))
    answers = _with_workers(
        lambda compute, _: compute.predicting.predict(Stored(arguments.model), arguments.images),
        tasks.PREDICTING,
    )
    answered = [
        (image, answer)
        for image, answer in zip(arguments.images, answers, strict=True)
        if isinstance(answer, Prediction)
    ]
    if arguments.json:
        output.print_json([output.prediction_json(*pair) for pair in answered])
    else:
        for image, prediction in answered:
            output.print_prediction(image, prediction)
    for image, answer in zip(arguments.images, answers, strict=True):
        if isinstance(answer, BadInput):
            output.print_error(f"{image}: {answer}")
    return OK if len(answered) == len(answers) else BAD_INPUT


def export(arguments: argparse.Namespace) -> int:
    """Writes one file that takes pixels and answers; the end of its name says which kind."""
    if not arguments.model.exists():
        raise DataNotFound(path=str(arguments.model))
    check_output(arguments.out, *filter(None, (arguments.model, arguments.data)))
    if arguments.out.suffix.lower() == f".{FOLDER}":
        return _export_folder(arguments)
    kind = _export_format(arguments.out)
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / arguments.out.name
        _with_workers(
            lambda compute, _: compute.exporting.export(Stored(arguments.model), kind, written),
            tasks.EXPORTING,
        )
        write_whole(arguments.out, written.read_bytes())
    print(arguments.out)
    return OK


def _export_folder(arguments: argparse.Namespace) -> int:
    """Raises FolderNeedsPhotos."""
    if not arguments.data:
        raise FolderNeedsPhotos(name=str(arguments.model))
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "folder"

        async def write(compute: Compute, bar: output.ProgressBar) -> FolderScore:
            data = await read_data(compute.reading, arguments.data, arguments.classes, bar)
            return await write_folder(
                compute.training,
                compute.exporting,
                Stored(arguments.model),
                data.files,
                arguments.model.stem,
                written,
                bar,
            )

        score = _with_workers(write, tasks.READING, tasks.TRAINING, tasks.EXPORTING)
        write_whole(arguments.out, written.read_bytes())
    output.print_folder(arguments.out, score)
    return OK


def list_recipes(arguments: argparse.Namespace) -> int:
    """Prints the registry of features and classifiers with their hyperparameters."""
    shown = (
        registry.EXTRACTORS,
        registry.CLASSIFIERS,
        (registry.REDUCER, *registry.REDUCERS["pca"], registry.PROBABILITY),
        recipes.make_recipe(),
    )
    if arguments.json:
        output.print_json(output.recipes_json(*shown))
    else:
        output.print_recipes(*shown)
    return OK


def _export_format(out: Path) -> ExportFormat:
    """Raises UnknownExportFormat."""
    try:
        return ExportFormat(out.suffix.removeprefix(".").lower())
    except ValueError as error:
        known = ", ".join(f".{kind}" for kind in (*ExportFormat, FOLDER))
        raise UnknownExportFormat(path=str(out), known=known) from error


def _fit(arguments: argparse.Namespace, recipe: Recipe) -> FitReport:
    options = FitOptions(arguments.budget, arguments.curve, arguments.seed)

    async def run(compute: Compute, bar: output.ProgressBar) -> FitReport:
        data = await read_data(compute.reading, arguments.data, arguments.classes, bar)
        bar.clear()
        output.print_notes(data.reading.notes, sys.stderr)
        test = None
        if arguments.test:
            test = await read_data(compute.reading, arguments.test, LabelSource.FOLDERS, bar)
        if test and not data.reading.classes.keys() & test.reading.classes.keys():
            raise ClassesUnknownToModel
        fitted = await train(
            compute.training,
            data.files,
            (arguments.data.name, 1),
            recipe,
            options,
            out,
            bar,
            has_test_set=data.reading.test_images > 0,
            test=test.files if test else None,
            read_s=data.seconds + (test.seconds if test else 0.0),
        )
        return fitted.card.report

    with contextlib.ExitStack() as stack:
        out = arguments.out or _temporary_model(stack)
        return _with_workers(run)


def _temporary_model(stack: contextlib.ExitStack) -> Path:
    return Path(stack.enter_context(tempfile.TemporaryDirectory())) / "model.onnx"


def _with_workers(work: Callable[[Compute, output.ProgressBar], Awaitable[T]], *modules: str) -> T:
    """Does the work with workers that have these modules of tasks from their start."""

    async def run() -> T:
        runner = LocalRunner(preload=modules or tasks.MODULES)
        try:
            return await work(make_compute(runner), bar)
        finally:
            await runner.close()

    bar = output.ProgressBar()
    try:
        return asyncio.run(run())
    finally:
        bar.clear()
