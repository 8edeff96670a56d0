"""[Take away] on a model's card: the model as a file that answers without the bot."""

from __future__ import annotations

from pathlib import Path

from telegram import InputFile
from telegram.constants import ChatAction, FileSizeLimit

from bot.commands.card import share_text
from bot.commands.follow import Said, follow
from bot.commands.labels import localized_names, model_name
from bot.commands.search import search_stage
from bot.context import Context
from bot.keyboards import Press, StalePress, keyboard
from bot.texts import LANGUAGES, Html, Texts, texts_in
from core.entities import (
    FOLDER,
    PYTHON,
    ExportFormat,
    ExportNames,
    FolderScore,
    Model,
    ModelKind,
)
from core.errors import ExportTooLarge
from core.names import file_name

_MEGABYTE = 1024 * 1024


async def on_take_away(context: Context, press: Press) -> None:
    """Asks in which format, by buttons; the file of the model alone is the last one. A folder is offered where the
    photos that it learns from are here."""
    found = await context.services.models.get(context.me.id, press.number())
    await context.acknowledge()
    texts, button = context.texts, context.buttons
    formats = [
        [button(texts.plain(f"button.take.{kind}"), "take_away_as", found.id, kind)]
        for kind in ExportFormat
    ]
    folder, about_folder = [], Html("")
    if await context.services.take_away.has_photos(found):
        folder = [button(texts.plain("button.take.folder"), "take_folder", found.id)]
        about_folder = Html(f"{texts('take.which_folder')}\n")
    model_file = button(texts.plain("button.file"), "model_file", found.id)
    await context.message.chat.send_message(
        texts("take.which", name=model_name(found, texts), folder=about_folder),
        reply_markup=keyboard(*formats, folder, [model_file]),
    )


async def on_take_away_as(context: Context, press: Press) -> None:
    """Sends the model in the format that the button names. Raises NotExportable, ExportTooLarge,
    WebRuntimeMissing, PageTooLarge."""
    found = await context.services.models.get(context.me.id, press.number())
    kind = _format(press)
    await context.acknowledge()
    await context.show_action(ChatAction.UPLOAD_DOCUMENT)
    async with context.services.take_away.written(found, kind, _names(found)) as path:
        size, most = path.stat().st_size, FileSizeLimit.FILESIZE_UPLOAD
        if size > most:
            raise ExportTooLarge(megabytes=size // _MEGABYTE, most=most // _MEGABYTE)
        name = file_name(f"{found.name}.{kind}")
        with path.open("rb") as file:
            # Read from the disk while it is sent.
            document = InputFile(file, name, read_file_handle=False, attach=True)
            await context.message.chat.send_document(
                document, caption=_caption(context, found, kind, name)
            )


async def on_take_folder(context: Context, press: Press) -> None:
    """Makes the folder for Teachable Machine's library, and sends it with its scores. Raises FolderNeedsPhotos,
    DatasetChanged."""
    found = await context.services.models.get(context.me.id, press.number())
    texts, chat, timeout_s = context.texts, context.message.chat, context.server.send_timeout_s

    async def send(path: Path, score: FolderScore) -> None:
        with path.open("rb") as file:
            name = file_name(f"{found.name}.{FOLDER}")
            # Read from the disk while it is sent.
            document = InputFile(file, name, read_file_handle=False, attach=True)
            caption = _folder_caption(found, score, texts)
            await chat.send_document(document, caption=caption, read_timeout=timeout_s)

    running = await context.services.take_away.folder(
        found, context.chat_id, _title(found, texts), send
    )
    await context.acknowledge()

    async def tell(_: FolderScore) -> Said:
        return texts("take.folder.done", name=found.name), None

    follow(context, running, search_stage(texts), tell, reply_to=context.message)


def _folder_caption(found: Model, score: FolderScore, texts: Texts) -> str:
    return texts(
        "take.caption.folder",
        name=found.name,
        n=texts.number(score.n),
        accuracy=share_text(score.accuracy, score.n, texts),
        own=share_text(score.model_accuracy, score.n, texts),
        same=share_text(score.agreement, score.n, texts),
    )


def _names(found: Model) -> ExportNames:
    """In all languages: a file is handed on to others."""
    texts = {language: texts_in(language) for language in LANGUAGES}
    return ExportNames(
        {language: _title(found, words) for language, words in texts.items()},
        {language: localized_names(found, words) for language, words in texts.items()},
    )


def _title(found: Model, texts: Texts) -> str:
    """What the model tells apart, where its name means nothing outside of the chat."""
    is_baseline = found.kind is ModelKind.BASELINE
    return texts.plain("take.baseline") if is_baseline else found.name


def _format(press: Press) -> ExportFormat:
    """Raises StalePress."""
    try:
        return ExportFormat(press.argument(1))
    except ValueError as error:
        raise StalePress from error


def _caption(context: Context, found: Model, kind: ExportFormat, file: str) -> str:
    texts = context.texts
    code = PYTHON.format(file=ascii(file) if not file.isprintable() else repr(file))
    return texts(f"take.caption.{kind}", name=model_name(found, texts), code=code)
