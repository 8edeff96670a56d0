"""The command line's output: JSON, or tables for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from core.cli.notes import sentence
from core.entities import (
    Certainty,
    Description,
    FitReport,
    FolderScore,
    Note,
    Parameter,
    Prediction,
    Progress,
    Recipe,
)
from core.recipes import allowed
from core.registry import is_installed
from core.serialization import to_plain

BAR_LENGTH = 20
_CERTAINTY_WORDS = {
    Certainty.SURE: "",
    Certainty.PROBABLE: "probably ",
    Certainty.UNKNOWN: "something else; the nearest: ",
}


def print_json(content: object) -> None:
    """Prints one JSON value on one line of stdout."""
    print(json.dumps(content, ensure_ascii=False))


class ProgressBar:
    """One line on stderr, where that is a terminal."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()

    def __call__(self, progress: Progress) -> None:
        if not self._is_terminal:
            return
        share = progress.done / progress.total if progress.total else 0.0
        bar = "█" * round(share * BAR_LENGTH)
        count = f"{progress.done}/{progress.total}" if progress.total else ""
        print(f"\r\033[K{progress.stage:<9} {bar:░<{BAR_LENGTH}} {count}", end="", file=sys.stderr)

    def clear(self) -> None:
        """Clears the line, for other output."""
        if self._is_terminal:
            print("\r\033[K", end="", file=sys.stderr)


def description_json(description: Description) -> dict[str, Any]:
    """The description as JSON; `skipped` has {"name", "reason" (an English sentence), "code"} for
    each."""
    plain: dict[str, Any] = to_plain(description)
    plain["skipped"] = [
        {"name": file.name, "reason": file.detail, "code": file.reason}
        for file in description.skipped
    ]
    plain["notes"] = [{**to_plain(note), "sentence": sentence(note)} for note in description.notes]
    return plain


def print_notes(notes: Sequence[Note], file: TextIO) -> None:
    """Prints one line per note about an archive."""
    for note in notes:
        print(f"note: {sentence(note)}", file=file)


def report_json(report: FitReport, model: Path | None) -> dict[str, Any]:
    """The report as JSON, with the recipe's name, its hyperparameters and the model's path or
    null."""
    plain: dict[str, Any] = to_plain(report)
    recipe = plain.pop("recipe")
    return {
        "recipe": report.recipe.name,
        "hyperparameters": recipe["hyperparameters"],
        **plain,
        "model": str(model) if model else None,
    }


def prediction_json(image: Path, prediction: Prediction) -> dict[str, Any]:
    """The prediction as JSON, with the image's path and `known`."""
    return {"image": str(image), **to_plain(prediction), "known": prediction.known}


def recipes_json(
    extractors: Mapping[str, Sequence[Parameter]],
    classifiers: Mapping[str, Sequence[Parameter]],
    common: Sequence[Parameter],
    default: Recipe,
) -> dict[str, Any]:
    """The registry as JSON: {"features", "classifiers", "common", "default"}.

    extractors, classifiers : the parameters of each by its name. common : those that every recipe
    has.
    """

    def steps_json(entries: Mapping[str, Sequence[Parameter]]) -> dict[str, Any]:
        return {name: {p.name: _parameter_json(p) for p in ps} for name, ps in entries.items()}

    return {
        "features": steps_json(extractors),
        "classifiers": steps_json(classifiers),
        "common": {p.name: _parameter_json(p) for p in common},
        "default": {
            "features": default.features,
            "reducer": default.reducer,
            "classifier": default.classifier,
        },
    }


def print_description(description: Description) -> None:
    """Prints the description as tables: classes, duplicates, sizes, skipped files."""
    print(
        f"{description.images} images in {len(description.classes)} classes, {description.seconds:.1f} s"
    )
    _print_table(
        ("class", "images", "duplicates"),
        (
            (label, count, description.duplicates.by_class.get(label, 0))
            for label, count in description.classes.items()
        ),
    )
    duplicates, sizes = description.duplicates, description.sizes
    print(f"duplicates: {duplicates.exact} exact, {duplicates.near} near")
    for one, other, count in duplicates.across_classes:
        print(f"  in {one} and in {other}: {count}")
    for name, classes in duplicates.widest:
        print(f"  {name} is in {classes} classes")
    for name, spread in (("width", sizes.width), ("height", sizes.height)):
        print(f"{name}: {spread.min}–{spread.max}, mean {spread.mean:.0f} pixels")
    if description.skipped:
        print(f"left out: {len(description.skipped)}")
        for file in description.skipped:
            print(f"  {file.name}: {file.detail}")


def print_folder(path: Path, score: FolderScore) -> None:
    """Prints the path of a folder for Teachable Machine's library, and how its answers differ."""
    print(path)
    print(
        f"its answers differ: of {score.n} held-out images it names {score.accuracy:.1%} right, and MODEL "
        f"{score.model_accuracy:.1%}; they name the same class for {score.agreement:.1%}"
    )


def print_report(report: FitReport, model: Path | None) -> None:
    """Prints scores per class and in all, times, the curve if there is one, and the model's path."""
    held_out = "each held out once" if report.folds else f"{report.n_test} held out"
    print(f"{report.recipe.name}, {report.n_train} images to train, {held_out}")
    _print_table(
        ("class", "precision", "recall", "F1", "images"),
        (
            (s.label, f"{s.precision:.2f}", f"{s.recall:.2f}", f"{s.f1:.2f}", s.support)
            for s in report.class_scores
        ),
    )
    judged = (
        f"by cross-validation in {report.folds} folds" if report.folds else "on the held-out part"
    )
    print(f"accuracy {report.accuracy:.3f}, macro F1 {report.f1_macro:.3f} {judged}")
    if report.too_few:
        print(f"a rough guess: there are too few images of {', '.join(report.too_few)}")
    if report.test:
        test = report.test
        print(
            f"accuracy {test.accuracy:.3f}, macro F1 {test.f1_macro:.3f} on {test.n} test images "
            f"of {test.classes} of the {len(report.classes)} classes"
        )
        if test.left_out:
            print(f"left out: {test.left_out} test images of classes that the model does not know")
    seconds = report.seconds
    print(
        f"read {seconds.read:.1f} s, features {seconds.features:.1f} s, "
        f"fit {seconds.fit:.1f} s, evaluate {seconds.evaluate:.1f} s"
    )
    if report.curve:
        rows = zip(report.curve.train_sizes, report.curve.test_scores, strict=True)
        _print_table(("images", "macro F1"), ((size, f"{sum(s) / len(s):.3f}") for size, s in rows))
    if not report.complete:
        print(f"not complete: the budget of {report.budget_s:g} s ended before the rest")
    if model:
        print(f"model: {model}")


def print_prediction(image: Path, prediction: Prediction) -> None:
    """Prints the label with its probability and the next classes, and unless the model is sure of it,
    that it is probable or that the photo is something else."""

    def share(probability: float | None) -> str:
        return "" if probability is None else f" {probability:.1%}"

    rest = ", ".join(f"{label}{share(p)}" for label, p in prediction.top[1:])
    named = f"{prediction.label}{share(prediction.probability)} ({rest})"
    print(f"{image}: {_CERTAINTY_WORDS[prediction.answer]}{named}")


def print_recipes(
    extractors: Mapping[str, Sequence[Parameter]],
    classifiers: Mapping[str, Sequence[Parameter]],
    common: Sequence[Parameter],
    default: Recipe,
) -> None:
    """Prints the registry for people: each parameter with its default and its allowed values."""
    print(
        f"By default: --features {default.features} --classifier {default.classifier} "
        f"--set reducer={default.reducer}"
    )
    for option, steps in (("--features", extractors), ("--classifier", classifiers)):
        for name, parameters in steps.items():
            extra = "" if is_installed(name) else " (not installed: it is in the extra `boosting`)"
            _print_parameters(f"{option} {name}{extra}", parameters)
    _print_parameters("with all of them", common)
    print("  (the defaults of the reducer and of what it keeps depend on features and classifier)")


def _print_parameters(title: str, parameters: Sequence[Parameter]) -> None:
    print(f"{title}:")
    for p in parameters:
        default = str(p.default).lower() if isinstance(p.default, bool) else p.default
        print(f"  {p.name} = {default}   ({allowed(p)})")


def _parameter_json(parameter: Parameter) -> dict[str, Any]:
    plain: dict[str, Any] = {"kind": parameter.kind, "default": parameter.default}
    if parameter.kind in ("int", "float"):
        plain |= {"min": parameter.low, "max": parameter.high}
    if parameter.choices:
        plain["choices"] = list(parameter.choices)
    return plain


def _print_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    cells = [tuple(header), *(tuple(str(cell) for cell in row) for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    for row in cells:
        first = row[0].ljust(widths[0])
        rest = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        print("  ".join((first, *rest)))


def print_error(sentence: str) -> None:
    """Prints one line on stderr."""
    print(sentence, file=sys.stderr)
