"""What is said of photos that a model was asked about: one with its likeliest classes, or an album line by line."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from telegram.constants import ChatType

from bot.commands.labels import localized_prediction
from bot.commands.summary import bar, short
from bot.context import Context
from bot.errors import explain
from bot.texts import Html, Texts
from core.entities import Certainty, Model, ModelKind, Prediction

BAR_NAME_LENGTH = 14
# The least probability of a second class that an answer names as possible.
POSSIBLE = 0.05
# From here on a class is in doubt only because the photo is unlike those that taught it.
CERTAIN = 0.9


class NeitherPictureNorArchive(Exception):
    """The bytes of a file that was not sent as a picture are none."""


def said_of(found: Sequence[Prediction | Exception], model: Model, context: Context) -> Html:
    """The answer's text. found : as the model gave it, not localized."""
    texts = context.texts
    predictions = [
        localized_prediction(p, model, texts) if isinstance(p, Prediction) else p for p in found
    ]
    text = _album(predictions, texts) if len(predictions) > 1 else _single(predictions[0], texts)
    if any(map(_is_unknown, predictions)):
        return Html(f"{text}\n{_what_else(context, model)}")
    if model.kind is ModelKind.CUSTOM and context.message.chat.type != ChatType.PRIVATE:
        return Html(f"{text}\n{texts('predict.by_model', name=model.name)}")
    return text


def said_of_one(found: Prediction | Exception, model: Model, texts: Texts) -> Html:
    """What is said of one photo, without a hint what to do next."""
    if isinstance(found, Prediction):
        found = localized_prediction(found, model, texts)
    return _single(found, texts)


def _is_unknown(prediction: Prediction | Exception) -> bool:
    return isinstance(prediction, Prediction) and not prediction.known


def _what_else(context: Context, model: Model) -> Html:
    """A hint what to do where the model does not know a photo's class."""
    is_private = context.message.chat.type == ChatType.PRIVATE
    if model.kind is not ModelKind.BASELINE:
        key = "predict.other_model" if is_private else "predict.by_model"
        return context.texts(key, name=model.name)
    if is_private:
        return context.texts("predict.teach")
    return context.texts("predict.teach_group", bot=context.bot.username)


def _single(prediction: Prediction | Exception, texts: Texts) -> Html:
    """The class, and the five likeliest with their probabilities as bars."""
    if isinstance(prediction, Exception):
        return _why(prediction, texts)
    if not prediction.known:
        return texts("predict.unknown", label=prediction.label)
    if prediction.probability is None:
        rest = ", ".join(short(label) for label, _ in prediction.top[1:])
        if not rest:
            return texts("predict.label_alone", label=prediction.label)
        return texts("predict.label_only", label=prediction.label, rest=rest)
    bars = "\n".join(_bar(label, p or 0.0, texts) for label, p in prediction.top)
    named = _named(prediction, prediction.probability, texts)
    return Html(f"{named}\n<pre>{escape(bars)}</pre>")


def _named(prediction: Prediction, probability: float, texts: Texts) -> Html:
    """The class with its probability, or the classes that are probable."""
    if prediction.answer is Certainty.SURE:
        shown = texts.chance(probability)
        return texts("predict.answer", label=prediction.label, probability=shown)
    second = _second(prediction)
    if second is None:
        key = "predict.unlike" if probability >= CERTAIN else "predict.probable"
        return texts(key, label=prediction.label)
    return texts("predict.probable_or", label=prediction.label, second=second[0])


def _second(prediction: Prediction) -> tuple[str, float] | None:
    """The second likeliest class with its probability, where that is at least POSSIBLE."""
    for label, probability in prediction.top[1:2]:
        if probability is not None and probability >= POSSIBLE:
            return label, probability
    return None


def _why(error: Exception, texts: Texts) -> Html:
    if isinstance(error, NeitherPictureNorArchive):
        return texts("document.unknown")
    return explain(error, texts)


def _album(predictions: Sequence[Prediction | Exception], texts: Texts) -> Html:
    """One line per photo."""
    lines = [texts("predict.album", photos=texts.plural("count.photos", len(predictions)))]
    for number, prediction in enumerate(predictions, start=1):
        if isinstance(prediction, Exception):
            lines.append(texts("predict.album_error", n=number, error=_why(prediction, texts)))
        else:
            lines.append(_album_line(number, prediction, texts))
    return Html("\n".join(lines))


def _album_line(number: int, prediction: Prediction, texts: Texts) -> Html:
    values: dict[str, object] = {"n": number, "label": prediction.label}
    if not prediction.known:
        return texts("predict.album_unknown", **values)
    if prediction.probability is None:
        return texts("predict.album_label", **values)
    values["probability"] = texts.chance(prediction.probability)
    if prediction.answer is Certainty.SURE:
        return texts("predict.album_line", **values)
    second = _second(prediction)
    if second is None:
        return texts("predict.album_probable", **values)
    share = texts.percent(second[1])
    return texts("predict.album_probable_or", **values, second=second[0], second_probability=share)


def _bar(label: str, probability: float, texts: Texts) -> str:
    name = short(label, BAR_NAME_LENGTH).ljust(BAR_NAME_LENGTH)
    return f"{name} {bar(probability)} {texts.chance(probability):>5}"
