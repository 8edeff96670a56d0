"""What is known of quizzes in this process: which polls are over, how many a chat had, what it saw lately."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, defaultdict, deque
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from core.errors import QuizTooOften
from core.services.quizzes import Recent

MOST_AN_HOUR = 30
"""Quizzes of one chat: each costs a training."""

_HOUR_S = 3600.0
# Polls and chats that are remembered, and photos of each chat.
_MOST_POLLS = 1000
_MOST_CHATS = 1000
_MOST_PHOTOS = 20


@dataclass
class Poll:
    """voters : how many there were, known once it is closed. voted : set at every vote."""

    voters: asyncio.Future[int]
    voted: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class _Past:
    begun: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_AN_HOUR))
    questions: deque[Recent] = field(default_factory=lambda: deque(maxlen=_MOST_PHOTOS))


class QuizBook:
    """Knows polls by their ids, from the first update on that names them."""

    def __init__(self) -> None:
        self._polls: OrderedDict[str, Poll] = OrderedDict()
        self._past: defaultdict[int, _Past] = defaultdict(_Past)
        self._telling: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    def telling(self, chat_id: int) -> asyncio.Lock:
        """Held from the sending of a result until its quiz is over, and while a quiz begins: a person may play on
        before the bot has heard that the result was sent."""
        return self._telling.setdefault(chat_id, asyncio.Lock())

    def poll(self, poll_id: str) -> Poll:
        """The poll with this id."""
        if poll_id not in self._polls:
            self._polls[poll_id] = Poll(asyncio.get_running_loop().create_future())
            if len(self._polls) > _MOST_POLLS:
                self._polls.popitem(last=False)
        return self._polls[poll_id]

    def close(self, poll_id: str, voters: int) -> None:
        """The poll takes no votes any more."""
        poll = self.poll(poll_id)
        if not poll.voters.done():
            poll.voters.set_result(voters)

    def forget(self, poll_id: str) -> None:
        """The quiz is over."""
        self._polls.pop(poll_id, None)

    def count(self, chat_id: int) -> None:
        """Counts a quiz. Raises QuizTooOften."""
        begun, now = self._past[chat_id].begun, time.monotonic()
        if len(begun) == MOST_AN_HOUR and now - begun[0] < _HOUR_S:
            raise QuizTooOften(limit=MOST_AN_HOUR)
        begun.append(now)
        if len(self._past) > _MOST_CHATS:
            del self._past[next(iter(self._past))]

    def recent(self, chat_id: int) -> deque[Recent]:
        """The questions that the chat saw last; what is appended is remembered."""
        return self._past[chat_id].questions
