"""/upload_dataset, a ZIP sent as a file, and the sample: how a dataset comes into being."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from telegram import Document, InlineKeyboardMarkup, Message, Update

from bot.commands.follow import Said, follow, time_left
from bot.commands.notes import note_buttons
from bot.commands.summary import dataset_keyboard, short, summary
from bot.context import Context
from bot.downloads import check_size, download
from bot.errors import explain
from bot.keyboards import Press, StalePress, keyboard
from bot.progress import Timing
from bot.texts import Html, Texts
from core.entities import Dataset, LabelSource, Progress
from core.errors import ClassesUnclear
from core.ports import OnProgress
from core.services.jobs import RunningJob

# In place of a dataset's id: the ZIP becomes a dataset of its own.
NEW = 0
CLASSES_NAMED = 3
CLASS_NAME_LENGTH = 12


async def upload_dataset(update: Update, context: Context) -> None:
    """Explains the layout, or takes the ZIP that the command answers."""
    replied = context.message.reply_to_message
    if replied and replied.document:
        await receive_archive(context, replied)
    else:
        await context.message.reply_text(context.texts("upload.layout"))


async def receive_archive(context: Context, message: Message) -> None:
    """A ZIP: the first becomes a dataset, for later ones the user says what to do."""
    document = _document(message)
    check_size(document.file_size)
    datasets = await context.services.datasets.list(context.me.id)
    if not datasets:
        await _create(context, message)
        return
    current = next((d for d in datasets if d.id == context.me.dataset_id), datasets[0])
    button, texts = context.buttons, context.texts
    await message.reply_text(
        texts("upload.which", name=document.file_name or "ZIP"),
        reply_markup=keyboard(
            [button(texts.plain("button.new_dataset"), "zip_new")],
            [button(texts.plain("button.add_to", name=current.name), "zip_add", current.id)],
        ),
        do_quote=True,
    )


async def on_upload(context: Context, press: Press) -> None:
    """Explains the layout of a ZIP."""
    await context.acknowledge()
    await context.message.reply_text(context.texts("upload.layout"))


async def on_new(context: Context, press: Press) -> None:
    """Makes the ZIP that was asked about a dataset of its own."""
    await _create(context, _asked_about(context), context.message)


async def on_add(context: Context, press: Press) -> None:
    """Adds the ZIP that was asked about to a dataset."""
    await _add(context, press.number(), _asked_about(context), LabelSource.FOLDERS)


async def on_classes(context: Context, press: Press) -> None:
    """Reads the ZIP once more, its classes taken from where the person said."""
    archive, dataset_id = _asked_about(context), press.number(1)
    try:
        labels = LabelSource(press.argument())
    except ValueError:
        raise StalePress from None
    if dataset_id:
        await _add(context, dataset_id, archive, labels)
    else:
        await _create(context, archive, context.message, labels)


async def on_sample(context: Context, press: Press) -> None:
    """Makes the sample dataset."""
    name = context.texts.plain("sample.name")
    labels = context.texts.family("emoji.")
    running = await context.services.datasets.create_sample(
        context.me.id, context.chat_id, name, labels
    )
    _follow(context, running, context.message)


async def _create(
    context: Context,
    archive: Message,
    instead: Message | None = None,
    labels: LabelSource = LabelSource.FOLDERS,
) -> None:
    name = Path(_document(archive).file_name or context.texts.plain("dataset.unnamed")).stem
    running = await context.services.datasets.create(
        context.me.id, context.chat_id, name, _download(archive), labels
    )
    _follow(context, running, archive, instead)


async def _add(context: Context, dataset_id: int, archive: Message, labels: LabelSource) -> None:
    running = await context.services.datasets.add(
        context.me.id, context.chat_id, dataset_id, _download(archive), labels
    )
    _follow(context, running, archive, context.message, dataset_id)


def _follow(
    context: Context,
    running: RunningJob[Dataset],
    reply_to: Message,
    instead: Message | None = None,
    dataset_id: int = NEW,
) -> None:
    async def tell(dataset: Dataset) -> Said:
        description = await context.services.datasets.describe(dataset)
        rows = note_buttons(context, dataset, description)
        text = summary(dataset, description, context.texts)
        return text, dataset_keyboard(context, dataset, rows)

    def fail(error: Exception) -> Said:
        text = explain(error, context.texts)
        if isinstance(error, ClassesUnclear):
            return text, _sources_keyboard(context, error, dataset_id)
        return text, None

    def render(progress: Progress, timing: Timing) -> Html:
        return _stage(progress, timing, context.texts)

    # The message is a reply to the ZIP: a question that it becomes is about that one.
    is_archive = reply_to.document is not None
    follow(
        context, running, render, tell, fail, reply_to=reply_to, instead=instead, quote=is_archive
    )


def _sources_keyboard(
    context: Context, error: ClassesUnclear, dataset_id: int
) -> InlineKeyboardMarkup:
    """Where the classes could be taken from, one button each."""
    named = ", ".join(short(name, CLASS_NAME_LENGTH) for name in error.classes[:CLASSES_NAMED])
    words = {
        LabelSource.NAMES: context.texts.plain("button.classes_names", names=named),
        LabelSource.TABLE: context.texts.plain("button.classes_table", name=short(error.table)),
    }
    return keyboard(
        *(
            [context.buttons(words[LabelSource(offer)], "zip_classes", offer, dataset_id)]
            for offer in error.offers
        )
    )


def _stage(progress: Progress, timing: Timing, texts: Texts) -> Html:
    return texts(
        f"upload.stage.{progress.stage}",
        done=texts.number(progress.done),
        total=texts.number(progress.total),
        time=time_left(progress, timing, texts),
    )


def _download(message: Message) -> Callable[[Path, OnProgress], Awaitable[None]]:
    async def fetch(path: Path, on_progress: OnProgress) -> None:
        await download(_document(message), path)

    return fetch


def _asked_about(context: Context) -> Message:
    """The message with the ZIP that the question with the pressed button is a reply to.

    Raises StalePress where it was deleted.
    """
    replied = context.message.reply_to_message
    if replied is None or replied.document is None:
        raise StalePress
    return replied


def _document(message: Message) -> Document:
    if message.document is None:
        raise LookupError("a message without a file")
    return message.document
