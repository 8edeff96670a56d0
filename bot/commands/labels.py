"""Names in the reader's language: the baseline's and those of its classes are translated, where a model
extends it too; a user's own are not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from bot.texts import LANGUAGES, Texts, texts_in
from core import names
from core.entities import Dataset, FitReport, Model, ModelKind, Prediction


def localized_prediction(prediction: Prediction, model: Model, texts: Texts) -> Prediction:
    """The model's prediction with its classes in the reader's language."""
    localized = _localizer(model, texts)
    return replace(
        prediction,
        label=localized(prediction.label),
        top=tuple((localized(label), probability) for label, probability in prediction.top),
    )


def localized_names(model: Model, texts: Texts) -> dict[str, str]:
    """The names of the model's classes in the reader's language, by class."""
    localized = _localizer(model, texts)
    return {label: localized(label) for label in model.card.classes}


def localized_report(model: Model, texts: Texts) -> FitReport:
    """The model's report with its classes in the reader's language, and sorted by it where they are translated."""
    report = model.card.report
    if not model.card.origin:
        return report
    localized = localized_names(model, texts)
    shown = [localized[label] for label in report.classes]
    order = sorted(range(len(shown)), key=lambda place: names.order(names.key(shown[place])))
    scores = [replace(score, label=localized[score.label]) for score in report.class_scores]
    rows = [report.confusion[place] for place in order] if report.confusion else []
    return replace(
        report,
        classes=tuple(shown[place] for place in order),
        class_scores=tuple(sorted(scores, key=lambda one: names.order(names.key(one.label)))),
        confusion=tuple(tuple(row[place] for place in order) for row in rows),
    )


def own_name(label: str, dataset: Dataset, baseline: Model, texts: Texts) -> str:
    """The name that a class of the baseline has in a dataset that extends it, where a person wrote it in
    their language: "яблоко" is "Apple" there. Any other label as it is."""
    if dataset.extends_baseline:
        for name in baseline.card.classes:
            if names.key(localized_label(name, baseline, texts)) == names.key(label):
                return name
    return label


def shown_label(label: str, dataset: Dataset, texts: Texts) -> str:
    """A class of the dataset in the reader's language, where it is one of the baseline that the dataset
    extends; any other as it is."""
    return _translated(label, texts) if dataset.extends_baseline else label


def localized_label(label: str, model: Model, texts: Texts) -> str:
    """A class of the model in the reader's language."""
    return _localizer(model, texts)(label)


def model_name(model: Model, texts: Texts) -> str:
    """The model's name; the baseline's is in the reader's language."""
    is_baseline = model.kind is ModelKind.BASELINE
    return texts.plain("model.baseline") if is_baseline else model.name


def is_baseline_name(name: str) -> bool:
    """Return whether the baseline has this name in some language."""
    there = {names.key(texts_in(code).plain("model.baseline")) for code in LANGUAGES}
    return names.key(name.strip()) in there


def _localizer(model: Model, texts: Texts) -> Callable[[str], str]:
    # Beside the baseline, those that extend it have its photos' origin.
    return partial(_translated, texts=texts) if model.card.origin else str


def _translated(label: str, texts: Texts) -> str:
    key = f"class.{label}"
    return texts.plain(key) if texts.has(key) else label
