"""Inline keyboards, and the typed encoding of their buttons' data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

# Telegram's limit on a button's data.
MAX_DATA_BYTES = 64
# Telegram's ids have at most 52 bits. A page of this number still begins at one that SQLite holds, which has 63.
MAX_NUMBER = 2**52 - 1
# No user's id: whoever sees a button that is made for everybody may press it.
EVERYBODY = 0
_SEPARATOR = ":"


class StalePress(Exception):
    """A press without a meaning: no button of ours has this data, or what it refers to is gone."""


@dataclass(frozen=True)
class Press:
    """A button's data: an action with its arguments, and the user for whom the button was made.

    Encoded as `action:argument:…:owner` in at most 64 bytes; arguments are short and hold no colon.
    """

    action: str
    arguments: tuple[str, ...]
    owner_id: int

    def encode(self) -> str:
        """The data for a button. Raises ValueError if it has more than 64 bytes."""
        data = _SEPARATOR.join((self.action, *self.arguments, str(self.owner_id)))
        if len(data.encode()) > MAX_DATA_BYTES:
            raise ValueError(f"callback data is too long: {data}")
        return data

    @classmethod
    def decode(cls, data: str) -> Press:
        """Decodes a button's data. Raises StalePress if no button of ours has such data."""
        if len(data) > MAX_DATA_BYTES:
            raise StalePress
        action, *arguments = data.split(_SEPARATOR)
        if not arguments:
            raise StalePress
        return cls(action, tuple(arguments[:-1]), _number(arguments[-1]))

    def argument(self, position: int = 0) -> str:
        """The argument at a position, from 0. Raises StalePress if there is none."""
        if position >= len(self.arguments):
            raise StalePress
        return self.arguments[position]

    def number(self, position: int = 0) -> int:
        """An argument as a number, 0 or more. Raises StalePress."""
        return _number(self.argument(position))


class Buttons:
    """Makes buttons for one user."""

    def __init__(self, owner_id: int) -> None:
        self._owner_id = owner_id

    def __call__(self, text: str, action: str, *arguments: object) -> InlineKeyboardButton:
        press = Press(action, tuple(str(a) for a in arguments), self._owner_id)
        return InlineKeyboardButton(text, callback_data=press.encode())


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > MAX_NUMBER:
        raise StalePress
    return int(text)


def keyboard(*rows: Iterable[InlineKeyboardButton]) -> InlineKeyboardMarkup:
    """An inline keyboard with these rows; rows without buttons are left out."""
    return InlineKeyboardMarkup([filled for row in rows if (filled := tuple(row))])


def in_rows(
    buttons: Sequence[InlineKeyboardButton], columns: int
) -> list[Sequence[InlineKeyboardButton]]:
    """The buttons in rows of `columns`; the last row may be shorter."""
    return [buttons[i : i + columns] for i in range(0, len(buttons), columns)]
