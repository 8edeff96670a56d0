"""ZIPs that wait for their owner's answer, or to be read, kept with the user as JSON: a restart loses none."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary

from telegram import Bot, Message

from core.entities import User
from core.serialization import from_json, to_json
from core.services.users import UserService

MAX_QUESTIONS = 20
"""Of more, those asked first are forgotten."""


@dataclass(frozen=True, slots=True)
class KeptZip:
    """A message with a ZIP. body : as the Bot API's JSON."""

    message_id: int
    body: str

    @classmethod
    def of(cls, message: Message) -> KeptZip:
        # What it replied to is not needed, and may be long.
        fields = message.to_dict()
        fields.pop("reply_to_message", None)
        return cls(message.message_id, json.dumps(fields))

    def message(self, bot: Bot) -> Message:
        """The message, as it came."""
        return Message.de_json(json.loads(self.body), bot)


@dataclass(frozen=True, slots=True)
class Waiting:
    """ZIPs that were sent together. asked : the message of the bot that asks about them, 0 where none does.
    is_read : they are being read, or were when the process ended."""

    asked: int
    zips: tuple[KeptZip, ...]
    is_read: bool = False


Book = tuple[Waiting, ...]


def read(user: User) -> Book:
    """From `User.zips`."""
    return from_json(user.zips, tuple[Waiting, ...]) if user.zips else ()


def being_read(book: Book) -> tuple[KeptZip, ...]:
    """Those whose reading has begun and not ended, in order."""
    return tuple(one for waiting in book if waiting.is_read for one in waiting.zips)


class ZipBook:
    """The waiting ZIPs of all users; each one's changes are made one after the other."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def ask(
        self, users: UserService, user: User, asked: int, zips: Sequence[KeptZip]
    ) -> None:
        """A message of the bot asks about these ZIPs, which wait nowhere else any more."""
        await self._change(
            users, user, lambda book: (*_without(book, zips), Waiting(asked, tuple(zips)))
        )

    async def begin(self, users: UserService, user: User, zips: Sequence[KeptZip]) -> None:
        """These ZIPs are being read; nobody asks about them."""
        reading = Waiting(0, tuple(zips), is_read=True)
        await self._change(users, user, lambda book: (*_without(book, zips), reading))

    async def drop(self, users: UserService, user: User, zips: Sequence[KeptZip]) -> None:
        """These ZIPs need no more reading."""
        await self._change(users, user, lambda book: _without(book, zips))

    async def asked(self, users: UserService, user: User, asked: int) -> tuple[KeptZip, ...]:
        """The ZIPs that a message asks about; none where it is answered, or forgotten."""
        now = await users.meet(user.id, user.language)
        return next((one.zips for one in read(now) if one.asked == asked and asked), ())

    async def _change(self, users: UserService, user: User, change: Callable[[Book], Book]) -> None:
        async with self._locks.setdefault(user.id, asyncio.Lock()):
            before = read(await users.meet(user.id, user.language))
            after = change(before)[-MAX_QUESTIONS:]
            if after != before:
                await users.keep_zips(user.id, to_json(after) if after else None)


def _without(book: Book, zips: Sequence[KeptZip]) -> Book:
    gone = {one.message_id for one in zips}
    left = (
        replace(one, zips=tuple(zip_ for zip_ in one.zips if zip_.message_id not in gone))
        for one in book
    )
    return tuple(one for one in left if one.zips)
