"""/predict, and photos that are sent without a command: classifies them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from telegram import Message, Update
from telegram.constants import ChatAction, ChatType

from bot.addressed import caption_command
from bot.answers import KeptAnswer, Place, keep, version_of
from bot.captions import class_named
from bot.commands import lesson
from bot.commands.answer_keys import album_keys, answer_keys
from bot.commands.group_teach import no_picture, offer
from bot.commands.loan_notices import lost_text
from bot.commands.prediction_words import NeitherPictureNorArchive, said_of
from bot.commands.switches import model_switched
from bot.commands.upload import receive_archives
from bot.context import Context
from bot.downloads import download_picture, holds_archive
from bot.keyboards import keyboard
from bot.lessons import Lessons
from bot.pictures import Sent, TurnedOutArchive, has_picture, is_picture
from bot.texts import Html
from bot.turns import Turn
from core.entities import Model, Prediction
from core.errors import ImageUnreadable, NoActiveModel
from core.services.predictions import Answer


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
    command, _ = caption_command(messages)
    if messages[0].chat.type == ChatType.PRIVATE:
        await receive_archives(context, messages)
    elif command in ("teach", "predict"):
        await context.message.reply_text(no_picture(context))
    elif command == "upload_dataset" or context.message not in messages:
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
            await messages[0].reply_text(lost_text(answer.lost, context.texts))
        elif before and before.id != answer.model.id:
            # The live model has no classes any more to tell apart.
            await messages[0].reply_text(model_switched(context, answer.model))
        archives = await _say_what_they_show(context, messages, answer)
    if archives:
        await _take_archives(context, archives)


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
