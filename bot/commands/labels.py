"""Names of classes in the reader's language: those of the baseline are translated, where a model extends
it too; a user's own are not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.texts import Texts
from core.entities import FitReport, Model, Prediction


def localized_prediction(prediction: Prediction, model: Model, texts: Texts) -> Prediction:
    """The model's prediction with its classes in the reader's language."""
    localized = _localizer(model, texts)
    return replace(
        prediction,
        label=localized(prediction.label),
        top=tuple((localized(label), probability) for label, probability in prediction.top),
    )


def localized_report(model: Model, texts: Texts) -> FitReport:
    """The model's report with its classes in the reader's language."""
    localized, report = _localizer(model, texts), model.card.report
    return replace(
        report,
        classes=tuple(localized(label) for label in report.classes),
        class_scores=tuple(
            replace(score, label=localized(score.label)) for score in report.class_scores
        ),
    )


def localized_label(label: str, model: Model, texts: Texts) -> str:
    """A class of the model in the reader's language."""
    return _localizer(model, texts)(label)


def _localizer(model: Model, texts: Texts) -> Callable[[str], str]:
    def translated(label: str) -> str:
        key = f"class.{label}"
        return texts.plain(key) if texts.has(key) else label

    # Beside the baseline, those that extend it have its photos' origin.
    return translated if model.card.origin else str
