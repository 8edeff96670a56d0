"""/upload_dataset, a ZIP sent as a file, and the sample: how a dataset comes into being."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from telegram import Document, Message, Update

from bot.commands.follow import Said, follow
from bot.commands.summary import dataset_keyboard, summary
from bot.context import Context
from bot.downloads import check_size, download
from bot.keyboards import Press, StalePress, keyboard
from bot.texts import Html, Texts
from core.entities import Dataset, Progress
from core.ports import OnProgress
from core.services.jobs import RunningJob


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
    await context.acknowledge()
    await context.message.reply_text(context.texts("upload.layout"))


async def on_new(context: Context, press: Press) -> None:
    await _create(context, _asked_about(context), context.message)


async def on_add(context: Context, press: Press) -> None:
    archive = _asked_about(context)
    running = await context.services.datasets.add(
        context.me.id, context.chat_id, press.number(), _download(archive)
    )
    _follow(context, running, archive, context.message)


async def on_sample(context: Context, press: Press) -> None:
    datasets = context.services.datasets
    name = context.texts.plain("sample.name")
    running = await datasets.create(context.me.id, context.chat_id, name, datasets.fetch_sample)
    _follow(context, running, context.message)


async def _create(context: Context, archive: Message, instead: Message | None = None) -> None:
    name = Path(_document(archive).file_name or context.texts.plain("dataset.unnamed")).stem
    running = await context.services.datasets.create(
        context.me.id, context.chat_id, name, _download(archive)
    )
    _follow(context, running, archive, instead)


def _follow(
    context: Context,
    running: RunningJob[Dataset],
    reply_to: Message,
    instead: Message | None = None,
) -> None:
    async def tell(dataset: Dataset) -> Said:
        description = await context.services.datasets.describe(dataset)
        text = summary(dataset, description, context.texts)
        return text, dataset_keyboard(context, dataset)

    def render(progress: Progress, _: float) -> Html:
        return _stage(progress, context.texts)

    follow(context, running, render, tell, reply_to=reply_to, instead=instead)


def _stage(progress: Progress, texts: Texts) -> Html:
    return texts(
        f"upload.stage.{progress.stage}",
        done=texts.number(progress.done),
        total=texts.number(progress.total),
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
