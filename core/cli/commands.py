"""The commands: arguments in, something printed, an exit code out."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import secrets
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from core import recipes
from core.cli import output
from core.cli.data import Data, read_data
from core.entities import FitOptions, FitReport, Prediction, Recipe
from core.errors import BadInput, DataNotFound
from core.jobs.local import LocalCompute

T = TypeVar("T")

OK, BAD_INPUT = 0, 2


def info(arguments: argparse.Namespace) -> int:
    description = _read(arguments.data).reading.description
    if arguments.json:
        output.print_json(output.description_json(description))
    else:
        output.print_description(description)
    return OK


def samples(arguments: argparse.Namespace) -> int:
    _check_folder(arguments.out)
    data = _read(arguments.data)
    _with_workers(
        lambda compute: compute.draw_sheet(data.files, secrets.randbits(32), arguments.out)
    )
    print(arguments.out)
    return OK


def fit(arguments: argparse.Namespace) -> int:
    recipe = recipes.make_recipe(arguments.features, arguments.classifier, dict(arguments.set))
    _check_folder(arguments.out)
    report = _fit(arguments, recipe)
    if arguments.json:
        output.print_json(output.report_json(report, arguments.out))
    else:
        output.print_report(report, arguments.out)
    return OK


def predict(arguments: argparse.Namespace) -> int:
    """Pictures that can't be read cost only their own answer, and the exit code."""
    for path in (arguments.model, *arguments.images):
        if not path.exists():
            raise DataNotFound(path=str(path))
    answers = _with_workers(lambda compute: compute.predict(arguments.model, arguments.images))
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


def list_recipes(arguments: argparse.Namespace) -> int:
    registry = (
        recipes.EXTRACTORS,
        recipes.CLASSIFIERS,
        (recipes.REDUCER, *recipes.REDUCERS["pca"], recipes.PROBABILITY),
        recipes.make_recipe(),
    )
    if arguments.json:
        output.print_json(output.recipes_json(*registry))
    else:
        output.print_recipes(*registry)
    return OK


def _fit(arguments: argparse.Namespace, recipe: Recipe) -> FitReport:
    """Reads before the event loop runs, which would keep Ctrl-C waiting until all is read."""
    options = FitOptions(arguments.budget, arguments.curve, arguments.seed)
    bar = output.ProgressBar()
    with contextlib.ExitStack() as stack:
        stack.callback(bar.clear)
        out = arguments.out or _temporary_model(stack)
        started = time.perf_counter()
        data = read_data(arguments.data, bar)
        test = read_data(arguments.test, bar) if arguments.test else None
        read = time.perf_counter()

        async def train(compute: LocalCompute) -> FitReport:
            began = time.perf_counter()
            for one in filter(None, (data, test)):
                await compute.extract(one.files, recipe, bar)
            extracted = time.perf_counter()
            dataset = (arguments.data.name, 1)
            fitted = await compute.fit(data.files, recipe, options, dataset, out, bar)
            report = fitted.card.report
            seconds = replace(report.seconds, read=read - started, features=extracted - began)
            score = await compute.evaluate(out, test.files) if test else None
            return replace(report, seconds=seconds, test=score)

        return _with_workers(train)


def _temporary_model(stack: contextlib.ExitStack) -> Path:
    return Path(stack.enter_context(tempfile.TemporaryDirectory())) / "model.onnx"


def _check_folder(out: Path | None) -> None:
    """Before the work is done that could not be written. Raises DataNotFound."""
    if out is not None and not out.parent.is_dir():
        raise DataNotFound(path=str(out.parent))


def _read(path: Path) -> Data:
    bar = output.ProgressBar()
    try:
        return read_data(path, bar)
    finally:
        bar.clear()


def _with_workers(work: Callable[[LocalCompute], Awaitable[T]]) -> T:
    async def run() -> T:
        compute = LocalCompute()
        try:
            return await work(compute)
        finally:
            await compute.close()

    return asyncio.run(run())
