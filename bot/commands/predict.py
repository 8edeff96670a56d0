"""/predict, and photos that are sent without a command: classifies them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

from telegram import Message, Update
from telegram.constants import ChatAction, ChatType

from bot.addressed import caption_command
from bot.answers import KeptAnswer, Place, keep, version_of
from bot.captions import class_named
from bot.commands import lesson
from bot.commands.answer_keys import album_keys, answer_keys
from bot.commands.group_teach import offer
from bot.commands.labels import localized_prediction
from bot.commands.summary import bar, short
from bot.commands.switches import model_switched
from bot.commands.upload import receive_archives
from bot.context import Context
from bot.downloads import download_picture, holds_archive
from bot.errors import explain
from bot.keyboards import keyboard
from bot.lessons import Lessons
from bot.pictures import Sent, TurnedOutArchive, has_picture, is_picture
from bot.texts import Html, Texts
from bot.turns import Turn
from core.entities import Certainty, Lost, Model, ModelKind, Prediction
from core.errors import ImageUnreadable, NoActiveModel
from core.services.predictions import Answer

BAR_NAME_LENGTH = 14
# The least probability of a second class that an answer names as possible.
POSSIBLE = 0.05
# From here on a class is in doubt only because the photo is unlike those that taught it.
CERTAIN = 0.9


class NeitherPictureNorArchive(Exception):
    """The bytes of a file that was not sent as a picture are none."""


async def predict(update: Update, context: Context) -> None:
    """/predict: classifies the photo that it replies to, or asks for one."""
    replied = context.message.reply_to_message
    if replied and has_picture(replied):
        await answer_photos(context, [replied])
    else:
        is_private = context.message.chat.type == ChatType.PRIVATE
        key = "predict.send" if is_private else "predict.reply"
        await context.message.reply_text(context.texts(key, bot=context.bot.username))


async def on_photo(update: Update, context: Context) -> None:
    """Classifies a photo, or learns it; an album is taken when all its photos have come."""
    message = context.message
    # Looked at now: what is chosen while an album is gathered is not meant for it.
    mode = await lesson.mode_of(context)
    if not message.media_group_id:
        await _in_turn(context, lambda turn: _receive(context, [message], mode, turn))
    elif context.albums.add(message, update.update_id):
        context.beside(_take_album(context, mode, _turn(context)))
    else:
        context.processor.leave_to_burst()


async def on_edited(update: Update, context: Context) -> None:
    """A caption that was changed: its photo, or its whole album, goes to the class that it names now, in a group
    by /teach. An album that is still gathered is taken with it."""
    message = context.message
    if context.albums.amend(message, update.update_id):
        context.processor.leave_to_burst()
        return
    album = context.albums.whole(message)
    if message.chat.type != ChatType.PRIVATE:
        command, label = caption_command([message])
        if command == "teach":
            await _in_turn(context, lambda turn: _offer_again(context, label, album, turn))
    elif (named := class_named(message.caption)) is not None:
        await _in_turn(context, lambda turn: _relabel(context, named, album, turn))


async def _offer_again(
    context: Context, label: str, messages: Sequence[Message], turn: Turn
) -> None:
    await turn.is_alone()
    await offer(context, label, messages)


async def _relabel(context: Context, label: str, messages: Sequence[Message], turn: Turn) -> None:
    await turn.comes()
    await lesson.take(context, label, messages, turn.begin)


def _turn(context: Context) -> Turn:
    return context.turns.join((context.chat_id, context.me.id))


async def _in_turn(context: Context, work: Callable[[Turn], Awaitable[None]]) -> None:
    """Does the work at once, or, where earlier photos of the sender are not done yet, after them and
    elsewhere: an album that is still gathered must not wait for it."""
    turn = _turn(context)
    if turn.is_first:
        await _take_turn(turn, work)
    else:
        context.beside(_take_turn(turn, work))


async def _take_turn(turn: Turn, work: Callable[[Turn], Awaitable[None]]) -> None:
    with turn:
        await work(turn)


async def on_document(update: Update, context: Context) -> None:
    """A file: a ZIP becomes a dataset, with those that come right after it; a picture gets an answer.

    What is not named a ZIP is judged by its bytes: phones send pictures under types that say nothing.
    """
    if has_picture(context.message):
        await on_photo(update, context)
    elif context.message.chat.type != ChatType.PRIVATE:
        await _take_archives(context, [context.message])
    elif context.zips.add(context.message, update.update_id, context.known_burst):
        context.beside(_take_zips(context))
    else:
        context.processor.leave_to_burst()


async def private_only(update: Update, context: Context) -> None:
    """Training stays private: in a group it is said where."""
    await _say_private_only(context)


async def _say_private_only(context: Context) -> None:
    await context.message.reply_text(context.texts("group.private_only", bot=context.bot.username))


async def _take_archives(context: Context, messages: Sequence[Message]) -> None:
    """In a group, files that nobody asks about stay unanswered."""
    is_asked = context.message not in messages or caption_command(messages)[0] == "upload_dataset"
    if messages[0].chat.type == ChatType.PRIVATE:
        await receive_archives(context, messages)
    elif is_asked:
        await _say_private_only(context)


async def _take_zips(context: Context) -> None:
    messages, update_ids = await context.zips.gather(context.message, context.known_burst)
    await context.processor.gathered(update_ids)
    await _take_archives(context, messages)


async def _take_album(context: Context, mode: str | None, turn: Turn) -> None:
    with turn:
        messages, update_ids = await context.albums.gather(context.message)
        await context.processor.gathered(update_ids)
        await _receive(context, messages, mode, turn)


async def _receive(
    context: Context, messages: Sequence[Message], mode: str | None, turn: Turn
) -> None:
    """Pictures that are named are taught, in private; the others get an answer. mode : the class of the
    teaching mode that was on when they came."""
    await turn.comes()
    if messages[0].chat.type == ChatType.PRIVATE:
        label = await lesson.class_of(context, messages, mode)
        if label is not None:
            await lesson.take(context, label, messages, turn.begin)
            return
        if await lesson.hold(context, messages, mode):
            return
    else:
        command, label = caption_command(messages)
        if command == "teach":
            await offer(context, label, messages)
            return
    await turn.is_alone()
    if messages[0].chat.type == ChatType.PRIVATE:
        await context.change_lessons(Lessons.interrupted)
    await answer_photos(context, messages)


async def answer_photos(context: Context, messages: Sequence[Message]) -> None:
    """One answer for all pictures; files that turn out to be ZIPs are taken as such."""
    await context.show_action(ChatAction.TYPING)
    before = await context.services.models.active(context.chat_id)
    try:
        answer = await context.services.predictions.predict(
            context.chat_id, [Sent.of(message).fetch(context.bot) for message in messages]
        )
    except NoActiveModel:
        archives = [message for message in messages if await _turns_out_archive(message)]
        pictures = [message for message in messages if message not in archives]
        if pictures:
            await _say_how_to_get_one(context, pictures[0])
    else:
        if answer.lost:
            await messages[0].reply_text(_lost(answer.lost, context.texts))
        elif before and before.id != answer.model.id:
            # The live model has no classes any more to tell apart.
            await messages[0].reply_text(model_switched(context, answer.model))
        archives = await _say_what_they_show(context, messages, answer)
    if archives:
        await _take_archives(context, archives)


def _lost(lost: Lost, texts: Texts) -> Html:
    """The sentence that says why another model answers from now on."""
    if lost.is_unshared:
        return texts("predict.unshared", name=lost.name)
    return texts("predict.lost", name=lost.name) if lost.name else texts("predict.lost_owner")


async def _say_what_they_show(
    context: Context, messages: Sequence[Message], answer: Answer
) -> list[Message]:
    """Returns the messages whose files are no pictures but ZIPs."""
    archives, pictures, predictions = [], [], []
    for message, prediction in zip(messages, answer.predictions, strict=True):
        if isinstance(prediction, TurnedOutArchive):
            archives.append(message)
        elif _is_silent(message, prediction):
            continue
        else:
            pictures.append(message)
            predictions.append(_judged(message, prediction))
    if pictures:
        await _answer(context, pictures, answer.model, predictions)
    return archives


async def _answer(
    context: Context,
    pictures: Sequence[Message],
    model: Model,
    predictions: Sequence[Prediction | Exception],
) -> None:
    """Replies to the first picture; the answer is kept for its buttons."""
    said = [one if isinstance(one, Prediction) else None for one in predictions]
    sent = tuple(map(Sent.of, pictures))
    number = await keep(
        context.services.answers,
        context.chat_id,
        KeptAnswer(model.id, version_of(model), sent, tuple(said)),
    )
    text, keys = said_of(predictions, model, context), None
    if len(pictures) > 1:
        keys = album_keys(context, number, predictions)
        text = Html(f"{text}\n{context.texts('predict.album_numbers')}") if keys else text
    elif said[0]:
        keys = answer_keys(context, model, said[0], Place(number), is_album=False)
    await pictures[0].reply_text(text, do_quote=True, reply_markup=keys)


def _is_silent(message: Message, prediction: Prediction | Exception) -> bool:
    """True for a file in a group that is no picture: nobody said that it was one."""
    is_file = isinstance(_judged(message, prediction), NeitherPictureNorArchive)
    return is_file and message.chat.type != ChatType.PRIVATE


def _judged(message: Message, prediction: Prediction | Exception) -> Prediction | Exception:
    """A file that nobody called a picture, and that is none, is not called a damaged picture."""
    document = message.document
    if isinstance(prediction, ImageUnreadable) and document and not is_picture(document):
        return NeitherPictureNorArchive()
    return prediction


async def _turns_out_archive(message: Message) -> bool:
    """Looks at the bytes of a file that nobody called a picture. Raises what `download_picture` raises."""
    document = message.document
    if document is None or is_picture(document):
        return False
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        await download_picture(document, path)
        return await holds_archive(path)


async def _say_how_to_get_one(context: Context, reply_to: Message) -> None:
    texts, button = context.texts, context.buttons
    if reply_to.chat.type != ChatType.PRIVATE:
        await reply_to.reply_text(texts("predict.no_model_group", bot=context.bot.username))
        return
    buttons = keyboard(
        [button(texts.plain("button.baseline"), "use", context.services.models.baseline.id)],
        [button(texts.plain("button.models"), "models", 0)],
    )
    await reply_to.reply_text(texts("predict.none_in_use"), reply_markup=buttons, do_quote=True)


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
