"""What is being taught in a private chat, kept with the user as JSON so that it survives a restart."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from weakref import WeakValueDictionary

from telegram import Message

from bot.pictures import Sent
from core.entities import User
from core.services.users import UserService

MODE_S = 15 * 60
"""Seconds after the last photo or command that the teaching mode lasts."""
TOGETHER_S = 2.0
"""Seconds between albums that were sent at once; nobody asks about an album of others as soon."""


@dataclass(frozen=True, slots=True)
class Lessons:
    """The lessons of one sitting.

    label : the class that every photo belongs to in the teaching mode, None outside it.
    until : when the mode ends, seconds since 1970.
    board : the message that says how things stand; 0 before there is one.
    asked, meant : the class that a caption named, and a known one that may have been meant, while the
    person is asked which; waiting : the photos of that question.
    is_naming : True while the name of a new class is waited for; corrects : the model whose answer that name
    corrects, None where it begins a lesson.
    named, named_at : the class that the last caption named, and when that was sent.
    """

    label: str | None = None
    until: float = 0.0
    board: int = 0
    asked: str | None = None
    meant: str | None = None
    waiting: tuple[Sent, ...] = ()
    is_naming: bool = False
    corrects: int | None = None
    named: str | None = None
    named_at: float = 0.0

    @classmethod
    def read(cls, kept: str | None) -> Lessons:
        """From `User.teaching`."""
        if not kept:
            return cls()
        fields = json.loads(kept)
        return cls(**{**fields, "waiting": tuple(Sent(**sent) for sent in fields["waiting"])})

    def write(self) -> str | None:
        """For `User.teaching`; None where nothing is being taught."""
        return None if self == Lessons() else json.dumps(asdict(self))

    def is_mode(self, now: float) -> bool:
        """True in the teaching mode; now : seconds since 1970."""
        return self.label is not None and now < self.until

    def is_over(self, now: float) -> bool:
        """True where the mode has ended by itself, and nobody said so yet."""
        return self.label is not None and now >= self.until

    def naming(self, label: str, messages: Sequence[Message]) -> Lessons:
        """A caption named these photos."""
        return replace(self, named=label, named_at=messages[0].date.timestamp())

    def named_before(self, messages: Sequence[Message]) -> str | None:
        """The class of an album that was sent together with one that was named: of more than ten photos
        that are sent at once, Telegram makes several albums, and gives the first the caption."""
        is_album = len(messages) > 1
        together = messages[0].date.timestamp() - self.named_at <= TOGETHER_S
        return self.named if is_album and together else None

    def ask(self, label: str, meant: str, photos: tuple[Sent, ...]) -> Lessons:
        """The person is asked which class these photos are of, and those of a question before."""
        return replace(self, asked=label, meant=meant, waiting=(*self.waiting, *photos))

    def answered(self) -> Lessons:
        """Nothing is asked any more."""
        return replace(self, asked=None, meant=None, waiting=(), is_naming=False, corrects=None)


class LessonBook:
    """The lessons of all users; each one's changes are made one after the other."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def read(self, users: UserService, user: User) -> Lessons:
        """As they are now, whatever happened since the update came."""
        return Lessons.read((await users.meet(user.id, user.language)).teaching)

    async def change(
        self, users: UserService, user: User, change: Callable[[Lessons], Lessons]
    ) -> Lessons:
        """Changes them, and returns what they were before."""
        lock = self._locks.setdefault(user.id, asyncio.Lock())
        async with lock:
            before = await self.read(users, user)
            after = change(before)
            if after != before:
                await users.keep_teaching(user.id, after.write())
        return before
