"""ZIPs that were sent together, and the questions what shall become of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

from telegram import Message

from bot.bursts import QUIET_S, Bursts
from core.services.jobs import RunningJob

# A ZIP that comes this long after a question joins it, while that is not answered: a phone sends ZIPs one
# after the other, each when it has been carried up.
JOINS_FOR_S = 60.0
# Questions that can still be answered: what is remembered is lost at a restart anyway.
REMEMBERED = 500


@dataclass(frozen=True)
class Question:
    """A message of the bot that asks what to do with ZIPs. asked_at : by `time.monotonic`."""

    message: Message
    archives: tuple[Message, ...]
    asked_at: float = field(default_factory=time.monotonic)


class Zips(Bursts):
    """Gathers ZIPs that come to a chat one after the other, and remembers what was asked about them."""

    def __init__(self, quiet_s: float = QUIET_S) -> None:
        super().__init__(lambda message: message.chat_id, quiet_s)
        # In the order in which they were asked.
        self._questions: dict[tuple[int, int], Question] = {}
        self._reading: WeakValueDictionary[tuple[int, int], RunningJob[Any]] = WeakValueDictionary()
        self._asking: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    def asking(self, chat_id: int) -> asyncio.Lock:
        """Held while a question is sent or changed, and while the one of a pressed button is looked for: a person
        may press it before the bot has heard that it was sent."""
        return self._asking.setdefault(chat_id, asyncio.Lock())

    def remember(self, message: Message, archives: Sequence[Message]) -> None:
        """Notes what a message asks about; of a message that asks about more now, what it asks about now."""
        self.forget(message)
        self._questions[_key(message)] = Question(message, tuple(archives))
        if len(self._questions) > REMEMBERED:
            del self._questions[next(iter(self._questions))]

    def question(self, message: Message) -> Question | None:
        """The question of a message; None where it is answered, or forgotten."""
        return self._questions.get(_key(message))

    def forget(self, message: Message) -> None:
        """The question of a message is asked no more."""
        self._questions.pop(_key(message), None)

    def open(self, chat_id: int) -> Question | None:
        """The question that ZIPs sent to the chat now belong to, too; None where they need their own."""
        last = [question for (chat, _), question in self._questions.items() if chat == chat_id][-1:]
        recent = (q for q in last if time.monotonic() - q.asked_at < JOINS_FOR_S)
        return next(recent, None)

    def read(self, message: Message, last: RunningJob[Any]) -> None:
        """Notes that a message shows how the ZIPs are read that it asked about. last : the job that ends
        last."""
        self.forget(message)
        self._reading[_key(message)] = last

    def is_reading(self, message: Message) -> bool:
        """True while the ZIPs that the message was about are read: a second press of its button, which came
        before the message changed, means nothing more."""
        last = self._reading.get(_key(message))
        return last is not None and not last.has_ended


def _key(message: Message) -> tuple[int, int]:
    return message.chat_id, message.message_id
