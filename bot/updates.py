"""Updates: none is lost, none stops the others, and each sender's come in order.

Polling confirms updates whose handlers still run, so a killed process would lose them (8 of 10 in a
burst, as measured). They are in the journal before Telegram is told that they arrived
(`bot.inbox`), and are handled again from the start where a process died in between.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from telegram import Bot, Message, Update
from telegram.ext import BaseUpdateProcessor

from bot.delivered import Delivered
from bot.inbox import RAW
from core.ports import Origin, Step, Steps, Updates, Waiting, origin

MAX_CONCURRENT_UPDATES = 256
# An update that so many processes took up again, none of which lived to its end, is set aside.
MAX_ATTEMPTS = 3

Album = tuple[int, str]
GiveUp = Callable[[Update], Awaitable[None]]

logger = logging.getLogger(__name__)


@dataclass(eq=False)
class Handling(Origin):
    """An update while it is handled.

    attempts, burst : as in `Waiting`. update_ids : those that end with it. holds : how much of the work is
    not over, its handler included. is_parked : True where it is to be handled again by the next process.
    at_end : what is called when all of the work is over.
    """

    attempts: int = 0
    burst: int | None = None
    update_ids: set[int] = field(default_factory=set)
    holds: int = 1
    is_parked: bool = False
    at_end: list[Callable[[], None]] = field(default_factory=list)


def kept(name: str) -> str | None:
    """What an earlier process noted by `UpdateProcessor.keep` for the current update."""
    current = handling()
    step = current.steps.get(name) if current else None
    return json.loads(step.result) if step and step.result else None


def handling() -> Handling | None:
    """The update that the current task handles; None outside a handler."""
    current = origin.get()
    return current if isinstance(current, Handling) else None


@dataclass(frozen=True, slots=True)
class Packed:
    """An update that waits, as the text that Telegram sent: a command takes 0.4 KB so, and parsed 3 KB."""

    body: str
    bot: Bot


class FairQueue(asyncio.Queue[object]):
    """The queue between Telegram and the handlers: one update of each sender at a time, in the order in which
    the senders' turns came.

    Of a sender with 400 updates, 399 wait outside: they take no place among the updates that are handled
    at once. No more are taken from the queue than that, since each would be a task of the library's.
    """

    def __init__(self, journal: Updates, delivered: Delivered | None = None) -> None:
        """delivered : where the numbers of received messages are noted."""
        super().__init__()
        self._journal = journal
        self._delivered = delivered or Delivered()
        # By sender, who has an update in the queue or in a handler: those after it.
        self._later: dict[int, deque[Packed]] = {}
        self._albums: Counter[Album | None] = Counter()
        self._is_open = True
        self._places = asyncio.Semaphore(MAX_CONCURRENT_UPDATES)
        # Those of an earlier process, until they are handled.
        self._restored: dict[int, Waiting] = {}

    async def put(self, item: object) -> None:
        """Takes what the library hands on: updates that the inbox sealed, and in the end its signal to
        stop, after which no sender gets another turn."""
        if not isinstance(item, Update):
            self._is_open = False
            await super().put(item)
        elif (raw := item.api_kwargs.get(RAW)) is not None:
            update = _opened(raw, item.get_bot())
            if update is None:
                await self._set_aside(item.update_id)
            else:
                self._take(update, Packed(json.dumps(raw), item.get_bot()))

    async def get(self) -> object:
        """The next update, as soon as another one may be handled; `finished` or `left` gives its place back."""
        await self._places.acquire()
        item = await super().get()
        if not isinstance(item, Update):
            self._places.release()
        return item

    async def restore(self, bot: Bot) -> None:
        """Queues again what an earlier process received and did not finish."""
        for waiting in await self._journal.pending():
            update = _read(waiting.body, bot)
            if update is None:
                await self._set_aside(waiting.update_id)
            else:
                self._restored[update.update_id] = waiting
                self._take(update, Packed(waiting.body, bot))

    def restored(self, update_id: int) -> Waiting | None:
        """The row of an update that an earlier process received, the first time that it is asked for."""
        return self._restored.pop(update_id, None)

    def begun(self, update: Update) -> None:
        """The update is handled from now on."""
        if album := _album_of(update.message):
            self._albums[album] -= 1
            self._albums += Counter()  # drops those that are complete

    def holds_album_of(self, message: Message) -> bool:
        """True while more of the message's album waits for its turn: after a restart that may take long."""
        return self._albums[_album_of(message)] > 0

    def finished(self, update: Update) -> None:
        """The turn of the sender's next update has come."""
        self.left()
        sender = _sender_of(update)
        later = self._later.get(sender)
        if later and self._is_open:
            self.put_nowait(later.popleft())
        elif not later:
            self._later.pop(sender, None)

    def left(self) -> None:
        """An update that was taken is not handled any more, and no other one of its sender is to be."""
        self._places.release()

    def _get(self) -> object:
        item = super()._get()
        return _read(item.body, item.bot) if isinstance(item, Packed) else item

    def _take(self, update: Update, packed: Packed) -> None:
        # The messages of a chat where the bot is a guest have numbers of their own.
        if (message := update.effective_message) and not update.guest_message:
            # A pressed button may be under the very message of which it is not known whether it was sent.
            is_pressed = update.callback_query is not None
            see = self._delivered.pass_number if is_pressed else self._delivered.see_number
            see(message.chat_id, message.message_id)
        if album := _album_of(update.message):
            self._albums[album] += 1
        sender = _sender_of(update)
        if sender in self._later:
            self._later[sender].append(packed)
        else:
            self._later[sender] = deque()
            self.put_nowait(packed if self._places.locked() else update)

    async def _set_aside(self, update_id: int) -> None:
        """Whatever keeps that from being written, the bot goes on: the next start tries again."""
        try:
            await self._journal.set_aside(update_id)
        except Exception as error:
            logger.warning("update %d stays in the journal: %r", update_id, error)


class UpdateProcessor(BaseUpdateProcessor):
    """Handles updates; the journal forgets each when all that was begun for it is over."""

    def __init__(self, journal: Updates, steps: Steps, queue: FairQueue) -> None:
        super().__init__(MAX_CONCURRENT_UPDATES)
        self._journal = journal
        self._steps = steps
        self._queue = queue
        self._finished: set[int] = set()
        self._marking: asyncio.Task[None] | None = None
        self._running: set[asyncio.Task[Any]] = set()
        self._is_closed = False
        self.give_up: GiveUp | None = None

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        if not isinstance(update, Update):
            await coroutine
            return
        if self._is_closed:  # it stays in the journal
            self._queue.left()
            if isinstance(coroutine, Coroutine):
                coroutine.close()
            return
        task = asyncio.current_task()
        if task:
            self._running.add(task)
        try:
            await self._handle(update, coroutine)
        finally:
            self._queue.finished(update)
            if task:
                self._running.discard(task)

    def beside(self, work: asyncio.Task[Any]) -> None:
        """The current update is not handled before this task has ended, too."""
        current = handling()
        self._running.add(work)
        if current:
            current.holds += 1

        def end(ended: asyncio.Task[Any]) -> None:
            self._running.discard(ended)
            if current:
                if ended.cancelled():
                    current.is_parked = True
                self._release(current)

        work.add_done_callback(end)

    def when_over(self, call: Callable[[], None]) -> None:
        """Calls this when the work for the current update is over, that beside the handlers included."""
        if current := handling():
            current.at_end.append(call)

    def leave_to_burst(self) -> None:
        """The current update ends with the first one of its burst."""
        if current := handling():
            current.is_parked = True

    def park(self) -> None:
        """The current update is to be handled again by the next process."""
        if current := handling():
            current.is_parked = True

    async def gathered(self, update_ids: Sequence[int]) -> None:
        """The current update is handled together with the others of its burst, now and after a crash."""
        if current := handling():
            current.update_ids.update(update_ids)
        if len(update_ids) > 1:
            await self._journal.gather(update_ids)

    async def keep(self, name: str, value: str) -> None:
        """Notes something for the case that the current update is handled again after a crash."""
        if current := handling():
            await self._steps.put(current.update_id, Step(name, json.dumps(value)))

    async def close(self, grace_s: float) -> None:
        """Begins nothing new, waits for what runs, then cancels it, which the next process does again. Returns
        when the journal knows of all that was handled."""
        self._is_closed = True
        with suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                while self._running:
                    await asyncio.wait(self._running)
        while left := [task for task in self._running if not task.done()]:
            for task in left:
                task.cancel()
            await asyncio.wait(left)
        while self._marking and not self._marking.done():
            await asyncio.wait([self._marking])
        with suppress(Exception):
            await self._journal.park()

    async def _handle(self, update: Update, coroutine: Awaitable[Any]) -> None:
        current = Handling(update.update_id, update_ids={update.update_id})
        origin.set(current)
        self._queue.begun(update)
        waiting = self._queue.restored(update.update_id)
        try:
            if waiting:
                await self._take_up(current, waiting)
            if self.give_up and current.attempts >= MAX_ATTEMPTS:
                await self._give_up(update, self.give_up)
            else:
                await coroutine
        except asyncio.CancelledError:
            current.is_parked = True
            raise
        finally:
            if isinstance(coroutine, Coroutine):
                coroutine.close()  # where it was not begun
            self._release(current)

    async def _take_up(self, current: Handling, waiting: Waiting) -> None:
        """What an earlier process did for the update is known from now on."""
        current.is_replay, current.attempts = True, waiting.attempts
        current.burst = waiting.burst
        try:
            current.steps = {step.name: step for step in await self._steps.of(current.update_id)}
            await self._journal.take_up(current.update_id)
        except Exception as error:
            logger.warning("it is not on record that an update is taken up: %r", error)

    async def _give_up(self, update: Update, say: GiveUp) -> None:
        logger.error("update %d is set aside: it was never handled to its end", update.update_id)
        try:
            await say(update)
        except Exception as error:
            logger.warning("a user could not be told of it: %r", error)
        await self._journal.set_aside(update.update_id)

    def _release(self, current: Handling) -> None:
        current.holds -= 1
        if not current.holds:
            for call in current.at_end:
                call()
        if not current.holds and not current.is_parked:
            self._finished |= current.update_ids
            if self._finished and (self._marking is None or self._marking.done()):
                self._marking = asyncio.create_task(self._mark())

    async def _mark(self) -> None:
        """Those for which it fails go with the next ones: their answers were sent."""
        while finished := tuple(self._finished):
            try:
                await self._journal.done(finished)
            except Exception as error:
                logger.warning("%d handled updates stay in the journal: %r", len(finished), error)
                return
            self._finished.difference_update(finished)

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""


def _album_of(message: Message | None) -> Album | None:
    if message is None or message.media_group_id is None:
        return None
    return message.chat_id, message.media_group_id


def _sender_of(update: Update) -> int:
    # A pseudo-user stands for many people: theirs are told apart by the chat that they speak as.
    sender = update.effective_sender
    return sender.id if sender else 0


def _read(body: str, bot: Bot) -> Update | None:
    """The update in a row of the journal; None, which is logged, where it is none."""
    try:
        raw = json.loads(body)
    except ValueError as error:
        logger.error("an update is skipped, for it cannot be read: %r", error)  # noqa: TRY400
        return None
    return _opened(raw, bot)


def _opened(raw: Any, bot: Bot) -> Update | None:
    """The update that Telegram sent; None, which is logged, where it cannot be read."""
    try:
        return Update.de_json(raw, bot)
    except Exception as error:  # whatever the library stumbles over
        logger.error("an update is skipped, for it cannot be read: %r", error)  # noqa: TRY400
        return None
