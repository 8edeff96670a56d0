"""/export: the dataset as ZIPs of class folders, to keep, or to send here again."""

from __future__ import annotations

from pathlib import Path

from telegram import InputFile, Update

from bot.commands.follow import Said, follow
from bot.context import Context
from bot.keyboards import Press
from bot.progress import Timing
from bot.texts import Html
from core.entities import Dataset, Progress
from core.names import file_name


async def export(update: Update, context: Context) -> None:
    """/export: sends the current dataset. Raises NoDataset."""
    await _export(context, await context.services.datasets.current(context.me))


async def on_export(context: Context, press: Press) -> None:
    """Sends the dataset that the button names."""
    dataset = await context.services.datasets.get(context.me.id, press.number())
    await context.acknowledge()
    await _export(context, dataset)


async def _export(context: Context, dataset: Dataset) -> None:
    texts, chat, server = context.texts, context.message.chat, context.server

    async def send(part: Path, number: int) -> None:
        with part.open("rb") as file:
            name = file_name(f"{dataset.name}-{number}.zip")
            # Read from the disk while it is sent.
            document = InputFile(file, name, read_file_handle=False, attach=True)
            await chat.send_document(document, read_timeout=server.send_timeout_s)

    running = await context.services.exports.export(
        dataset, context.chat_id, server.part_bytes, send
    )

    def render(progress: Progress, _: Timing) -> Html:
        if not progress.total:
            return texts("export.begun", name=dataset.name)
        done, total = texts.number(progress.done), texts.number(progress.total)
        return texts("export.part", name=dataset.name, done=done, total=total)

    async def tell(parts: int) -> Said:
        photos = texts.plural("count.photos", dataset.images)
        files = texts.plural("count.files", parts)
        return texts("export.done", name=dataset.name, photos=photos, files=files), None

    follow(context, running, render, tell, reply_to=context.message)
