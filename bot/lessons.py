"""What is being taught in a private chat, kept with the user as JSON so that it survives a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary

from telegram import Message
from telegram.constants import MediaGroupLimit

from bot.pictures import Sent
from core import names
from core.entities import User
from core.serialization import from_json, to_json
from core.services.users import UserService

MODE_S = 15 * 60
"""Seconds after the last photo or command that the teaching mode lasts."""
TOGETHER_S = 2.0
"""Seconds between the albums of photos that were sent at once."""
MAX_HELD = 100
"""Photos that wait for a name; of more, those that came first are forgotten."""
MAX_QUESTIONS = 20
"""Of more, those asked first are forgotten."""


@dataclass(frozen=True, slots=True)
class Question:
    """Photos that were given a name which is nearly a known class's, `meant`; the person is asked which.

    corrects : the model whose answer the name corrects, None in a lesson.
    """

    label: str
    meant: str
    photos: tuple[Sent, ...]
    corrects: int | None = None

    @property
    def id(self) -> int:
        """Its number in the chat: that of the first photo."""
        return self.photos[0].message_id


@dataclass(frozen=True, slots=True)
class Lessons:
    """The lessons of one sitting.

    label : the class that every photo belongs to in the teaching mode, None outside it.
    until : when the mode ends, or photos are lessons no more that wait for a name; seconds since 1970.
    since : the message that began the mode, or asked for a name. Photos from before it, which may be handled
    again after a crash, are no part of it.
    board : the message that says how things stand; 0 before there is one.
    questions : those that wait for an answer.
    is_naming : True while the name of a new class is waited for; corrects, photo : the model whose answer that
    name corrects, and the photo, None where it begins a lesson. Set without is_naming where the person looks
    through the classes: then a text may name one as well.
    held : photos that came while a name was waited for: they are of the class that is named next.
    has_begun, has_switched : True if the lessons have begun a dataset, or made another model the chat's.
    named, named_at : the class that the last caption named, and when that was sent; named is None where all of
    its photos have come.
    """

    label: str | None = None
    until: float = 0.0
    since: int = 0
    board: int = 0
    questions: tuple[Question, ...] = ()
    is_naming: bool = False
    corrects: int | None = None
    photo: Sent | None = None
    held: tuple[Sent, ...] = ()
    has_begun: bool = False
    has_switched: bool = False
    named: str | None = None
    named_at: float = 0.0

    @classmethod
    def read(cls, kept: str | None) -> Lessons:
        """From `User.teaching`."""
        if not kept:
            return cls()
        return from_json(kept, cls)

    def write(self) -> str | None:
        """For `User.teaching`; None where nothing is being taught."""
        return None if self == Lessons() else to_json(self)

    def is_mode(self, now: float) -> bool:
        """True in the teaching mode; now : seconds since 1970."""
        return self.label is not None and now < self.until

    def is_over(self, now: float) -> bool:
        """True where the mode has ended by itself, and nobody said so yet."""
        return self.label is not None and now >= self.until

    def is_idle(self, now: float) -> bool:
        """True where nothing was taught for as long as a mode lasts, nobody is asked anything, and no text may name
        the photo of an answer."""
        waits = self.label is not None or self.is_naming or self.questions
        may_name = self.corrects is not None and now < self.until
        return not waits and not may_name and now >= self.named_at + MODE_S

    def naming(self, label: str, messages: Sequence[Message]) -> Lessons:
        """A caption named these photos. Of more than ten that are sent at once, Telegram makes several albums,
        and gives the first the caption: after a full one the rest may follow."""
        is_full = len(messages) >= MediaGroupLimit.MAX_MEDIA_LENGTH
        return replace(
            self, named=label if is_full else None, named_at=messages[0].date.timestamp()
        )

    def named_before(self, messages: Sequence[Message]) -> str | None:
        """The class of photos that were sent together with a full album that was named."""
        # Not before it: what waited while the bot was away is handled at once, in any order.
        is_together = 0 <= messages[0].date.timestamp() - self.named_at <= TOGETHER_S
        return self.named if is_together else None

    def ask(
        self, label: str, meant: str, photos: tuple[Sent, ...], corrects: int | None = None
    ) -> Lessons:
        """The person is asked which class these photos are of, and those that had this name before.

        Each photo waits once: an album may come again after a crash, with another caption after an edit.
        """
        before = self.asked(label, corrects)
        waiting = dict.fromkeys((*(before.photos if before else ()), *photos))
        question = Question(label, meant, tuple(waiting), corrects)
        others = tuple(
            one for one in self.questions if one != before and not waiting.keys() >= {*one.photos}
        )
        return replace(self, questions=(*others, question)[-MAX_QUESTIONS:])

    def asked(self, label: str, corrects: int | None = None) -> Question | None:
        """The question about photos of this name, in any case; None where there is none."""
        key = names.key(label), corrects
        same = (one for one in self.questions if (names.key(one.label), one.corrects) == key)
        return next(same, None)

    def question(self, number: int) -> Question | None:
        """The question of this number, None where it was answered."""
        return next((one for one in self.questions if one.id == number), None)

    def answered(self, question: Question) -> Lessons:
        """The question waits no more, unless photos have joined it meanwhile."""
        return replace(self, questions=tuple(one for one in self.questions if one != question))

    def ended(self) -> Lessons:
        """Nothing is taught any more; photos that the person was asked about still wait."""
        return Lessons(questions=self.questions, held=self.held)

    def name(self, corrects: int | None = None, photo: Sent | None = None) -> Lessons:
        """The name of a new class is waited for, as in `is_naming`."""
        return replace(self, is_naming=True, corrects=corrects, photo=photo)

    def may_name(self, corrects: int, photo: Sent, now: float) -> Lessons:
        """A text may name the photo's class, for as long as a mode lasts; not where it is waited for otherwise."""
        if self.is_naming:
            return self
        return replace(self, corrects=corrects, photo=photo, until=now + MODE_S)

    def chosen(self) -> Lessons:
        """A class was chosen, or none: a text does not name it any more."""
        return self if self.is_naming else replace(self, corrects=None, photo=None)

    def wants_name(self, now: float) -> bool:
        """True while the name of what is taught next is waited for: not longer than a mode lasts."""
        return self.is_naming and self.corrects is None and now < self.until

    def hold(self, photos: Sequence[Sent]) -> Lessons:
        """These photos wait for the name, too; each once."""
        return replace(self, held=tuple(dict.fromkeys((*self.held, *photos)))[-MAX_HELD:])

    def no_name(self) -> Lessons:
        """No name is waited for any more."""
        return replace(self, is_naming=False, corrects=None, photo=None, held=())

    def interrupted(self) -> Lessons:
        """A photo was asked about: no name is waited for, unless photos wait for it, too; what is taught next is
        told below the answer."""
        waits = self if self.held else self.no_name()
        return replace(waits, board=0, has_begun=False, has_switched=False)

    def took(self, photos: Sequence[Sent]) -> Lessons:
        """These photos wait no more."""
        return replace(self, held=tuple(photo for photo in self.held if photo not in photos))


class LessonBook:
    """The lessons of all users; each one's changes are made one after the other."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def read(self, users: UserService, user: User) -> Lessons:
        """As they are now, whatever happened since the update came; changes that were begun are in them."""
        async with self._lock(user):
            return await _kept(users, user)

    async def change(
        self, users: UserService, user: User, change: Callable[[Lessons], Lessons]
    ) -> Lessons:
        """Changes them, and returns what they were before."""
        async with self._lock(user):
            before = await _kept(users, user)
            after = change(before)
            if after != before:
                await users.keep_teaching(user.id, after.write())
        return before

    def _lock(self, user: User) -> asyncio.Lock:
        return self._locks.setdefault(user.id, asyncio.Lock())


async def _kept(users: UserService, user: User) -> Lessons:
    return Lessons.read((await users.meet(user.id, user.language)).teaching)
