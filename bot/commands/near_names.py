"""Names that are nearly those of known classes: the person is asked which one is meant."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from telegram import Message

from bot.commands.labels import shown_label
from bot.commands.summary import short
from bot.context import Context
from bot.keyboards import keyboard
from bot.pictures import Sent
from core import names
from core.entities import Dataset

# How like a known class a name must be, for the person to be asked: "aple", "apples".
LIKENESS = 0.8
BUTTON_NAME_LENGTH = 24


def meant_by(context: Context, label: str, dataset: Dataset) -> str | None:
    """A known class whose name is nearly this one, in its own words or the reader's; None where it is known
    itself, or like none."""
    known = {names.key(name): name for name in dataset.classes}
    if dataset.extends_baseline:
        for name in context.services.models.baseline.card.classes:
            for spelled in (name, shown_label(name, dataset, context.texts)):
                known.setdefault(names.key(spelled), name)
    if names.key(label) in known:
        return None
    close = get_close_matches(names.key(label), list(known), n=1, cutoff=LIKENESS)
    return known[close[0]] if close else None


async def ask_which(
    context: Context,
    label: str,
    meant: str,
    dataset: Dataset,
    photos: Sequence[Sent],
    reply_to: Message,
    corrects: int | None = None,
) -> None:
    """Asks whether the known class is meant; the photos wait for the answer. corrects : the model whose answer
    the name corrects, None in a lesson."""
    before = await context.change_lessons(
        lambda now: now.ask(label, meant, tuple(photos), corrects)
    )
    asked, number = before.asked(label, corrects), photos[0].message_id
    # Its own question is there where the photos come again: a crash may have kept it from being sent.
    if asked is None or asked.id == number:
        shown, texts = shown_label(meant, dataset, context.texts), context.texts
        await reply_to.reply_text(
            texts("teach.meant", meant=shown, label=label),
            reply_markup=keyboard(
                [context.buttons(short(shown, BUTTON_NAME_LENGTH), "teach_meant", number)],
                [context.buttons(texts.plain("button.new_class_no"), "teach_new", number)],
            ),
            do_quote=True,
        )
