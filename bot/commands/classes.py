"""Classes of a dataset in commands and buttons: found by what people write, chosen from pages."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence

from telegram import InlineKeyboardButton

from bot.commands.labels import own_name, shown_label
from bot.commands.summary import short
from bot.context import Context
from bot.keyboards import StalePress, in_rows, keyboard
from core import names
from core.entities import Dataset

CLASSES_PER_PAGE = 12
COLUMNS = 2
NAME_LENGTH = 24
# 48 bits: eight characters, and no two classes of a dataset share them.
_TOKEN_BYTES = 6

ClassButton = Callable[[str], InlineKeyboardButton]
PageButton = Callable[[str, int], InlineKeyboardButton]


def token_of(label: str) -> str:
    """Eight characters that stand for a class's name in a button."""
    digest = hashlib.blake2b(label.encode(), digest_size=_TOKEN_BYTES).digest()
    return urlsafe_b64encode(digest).decode()


def class_of(dataset: Dataset, token: str) -> str:
    """The class that the characters stand for. Raises StalePress where it is gone."""
    for label in dataset.classes:
        if token_of(label) == token:
            return label
    raise StalePress


def class_button(context: Context, dataset: Dataset, action: str) -> ClassButton:
    """Makes buttons that carry out an action with a class: its arguments are dataset and token."""

    def button(label: str) -> InlineKeyboardButton:
        shown = short(shown_label(label, dataset, context.texts), NAME_LENGTH)
        return context.buttons(shown, action, dataset.id, token_of(label))

    return button


def class_rows(
    labels: Sequence[str], page: int, choose: ClassButton, turn: PageButton
) -> list[Sequence[InlineKeyboardButton]]:
    """A page of classes as buttons, and below it the buttons that turn pages.

    turn : makes a button with a text that leads to a page.
    """
    first = page * CLASSES_PER_PAGE
    shown = [choose(label) for label in labels[first : first + CLASSES_PER_PAGE]]
    turns = []
    if page > 0:
        turns.append(turn("◀", page - 1))
    if first + CLASSES_PER_PAGE < len(labels):
        turns.append(turn("▶", page + 1))
    return [*in_rows(shown, COLUMNS), turns]


async def find_or_ask(context: Context, dataset: Dataset, wanted: str, action: str) -> str | None:
    """The class that a person wrote. Where there is none of this name, the nearest ones are offered as
    buttons that carry out the action, and None is returned."""
    named = own_name(wanted, dataset, context.services.models.baseline, context.texts)
    found = names.find(named, dataset.classes)
    if found is not None:
        return found
    near = names.closest(wanted, dataset.classes)
    offered = near or list(dataset.classes)[:CLASSES_PER_PAGE]
    button = class_button(context, dataset, action)
    key = "classes.did_you_mean" if near else "classes.none_such"
    await context.message.reply_text(
        context.texts(key, wanted=short(wanted), dataset=dataset.name),
        reply_markup=keyboard(*in_rows([button(label) for label in offered], COLUMNS)),
    )
    return None
