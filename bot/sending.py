"""Sending: requests wait their turn, and are tried until Telegram has taken them, each message once.

It takes the place of the library's AIORateLimiter: that one lets a 429 for one chat halt all chats, counts
"typing…" among a group's 20 messages a minute, and tries nothing else again (10 of 300 answers were lost
with 5 % of the requests cut and 10 % refused).
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, cast

from telegram.error import BadRequest, NetworkError, RetryAfter
from telegram.ext import BaseRateLimiter

from bot.delivered import Delivered, Request
from bot.pace import Chat, Pace
from bot.retries import few_times, pauses, seconds, wait
from bot.transport import NOT_SENT
from core.ports import Origin, Step, Steps, origin

# Methods that make messages, and those that change them; these alone count.
_SENDS = ("sendMessage", "sendPhoto", "sendDocument", "sendMediaGroup", "sendPoll")
_CHANGES = (
    "editMessageText",
    "editMessageCaption",
    "editMessageMedia",
    "editMessageReplyMarkup",
    "deleteMessage",
    "deleteMessages",
    "stopPoll",
)
_TRIED_AGAIN = (
    *("getFile", "answerCallbackQuery", "setMessageReaction", "getChatAdministrators"),
    *("answerInlineQuery", "answerGuestQuery"),
)

Answer = bool | dict[str, Any] | list[dict[str, Any]]
Post = Callable[[], Awaitable[Answer]]

_passing: ContextVar[bool] = ContextVar("passing", default=False)

logger = logging.getLogger(__name__)


@contextmanager
def passing() -> Iterator[None]:
    """What is sent in this block is soon out of date: it is tried once, and not while the chat is paused."""
    token = _passing.set(True)
    try:
        yield
    finally:
        _passing.reset(token)


class Sender(BaseRateLimiter[int]):
    """Carries all requests but getUpdates.

    A message that is sent while an update is handled is a step of it (`core.ports.Step`): where the
    update is handled again after a crash, the message that was sent is the answer.
    """

    def __init__(self, steps: Steps, pace: Pace | None = None) -> None:
        self._steps = steps
        self._pace = pace or Pace()
        self.delivered = Delivered()
        self._recording: set[asyncio.Task[None]] = set()

    async def initialize(self) -> None:
        """Learns the numbers of the last messages."""
        self.delivered.last |= dict(await self._steps.last_messages())

    async def shutdown(self) -> None:
        """Returns when all that was sent is on record."""
        if self._recording:
            await asyncio.wait(self._recording)

    async def process_request(
        self,
        callback: Callable[..., Awaitable[Answer]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Answer:
        """Called by the library for each request. rate_limit_args : unused."""

        async def post(endpoint: str = endpoint, data: dict[str, Any] = data) -> Answer:
            return await callback(endpoint, data, **kwargs)

        if endpoint in _SENDS:
            return await self._send(Request(endpoint, data, post))
        if endpoint in _CHANGES:
            return await self._change(data, post)
        if endpoint in _TRIED_AGAIN:
            return await few_times(post)
        return await post()

    # Changes: to do them twice does no harm ------------------------------------------------------

    async def _change(self, data: dict[str, Any], post: Post) -> Answer:
        current = origin.get()
        is_repeated = current is not None and current.is_replay
        times = pauses()
        async with self._pace.turn(data["chat_id"]) as chat:
            while True:
                _leave_if_passing(chat)
                await self._pace.may_send(chat)
                try:
                    return await post()
                except RetryAfter as error:
                    _pause(chat, error)
                except BadRequest as error:
                    if is_repeated and _was_done(error):
                        return True
                    raise
                except NetworkError as error:
                    if _passing.get():
                        raise
                    is_repeated = True
                    await wait(times, error)

    # Messages ------------------------------------------------------------------------------------

    async def _send(self, request: Request) -> Answer:
        current = origin.get()
        kind = f"{request.endpoint} {request.chat_id}"
        name = f"{kind} {current.next(kind)}" if current else kind
        known = current.steps.get(name) if current else None
        if known and known.result is not None:
            return cast(Answer, json.loads(known.result))
        async with self._pace.turn(request.chat_id) as chat:
            if known:
                sent = await self._found(request, chat, known.after_id)
                if sent is not None:
                    return self._recorded(current, name, request, sent)
            after_id = self.delivered.last_known(request.chat_id)
            await self._begin(current, Step(name, after_id=after_id))
            return self._recorded(current, name, request, await self._delivered(request, chat))

    async def _delivered(self, request: Request, chat: Chat) -> Answer:
        """Sends a message until Telegram has it."""
        times = pauses()
        while True:
            await self._pace.may_send(chat, request.messages)
            # Only now: while this one waited its turn, other chats took numbers, more than would be probed.
            after_id = self.delivered.last_known(request.chat_id)
            try:
                return await request.post()
            except RetryAfter as error:
                _pause(chat, error)
            except BadRequest:
                raise
            except NetworkError as error:
                await wait(times, error)
                if not isinstance(error.__cause__, NOT_SENT):
                    sent = await self._found(request, chat, after_id)
                    if sent is not None:
                        return sent

    async def _found(self, request: Request, chat: Chat, after_id: int) -> Answer | None:
        """The message, if Telegram has it: it may have taken it though no answer came. None else."""
        for probe in self.delivered.probes(request, after_id):
            times = pauses()
            while True:
                try:
                    return self.delivered.answer(request, probe, await probe.post())
                except RetryAfter as error:
                    _pause(chat, error)
                    await asyncio.sleep(seconds(error))
                except BadRequest as error:
                    if self.delivered.is_there(request, probe, error):
                        return self.delivered.answer(request, probe, True)
                    break
                except NetworkError as error:
                    await wait(times, error)
        return None

    async def _begin(self, current: Origin | None, step: Step) -> None:
        """Where that cannot be written, the message is sent all the same: one that comes twice after a crash
        is better than none."""
        if current is None:
            return
        try:
            await self._steps.put(current.update_id, step)
        except Exception as error:
            logger.warning("a message is sent without a record: %r", error)

    def _recorded(
        self, current: Origin | None, name: str, request: Request, sent: Answer
    ) -> Answer:
        self.delivered.see(request.chat_id, sent)
        record = asyncio.create_task(self._record(current, name, request.chat_id, sent))
        self._recording.add(record)
        record.add_done_callback(self._recording.discard)
        return sent

    async def _record(
        self, current: Origin | None, name: str, chat_id: int | str, sent: Answer
    ) -> None:
        counter = self.delivered.counter(chat_id)
        try:
            if current:
                step = Step(name, json.dumps(sent))
                await asyncio.gather(
                    self._steps.put(current.update_id, step),
                    self._steps.see(counter, self.delivered.last[counter]),
                )
        except Exception as error:
            logger.warning("it is not on record that a message was sent: %r", error)


def _leave_if_passing(chat: Chat) -> None:
    if _passing.get() and chat.is_paused:
        raise NetworkError("the chat is paused")


def _pause(chat: Chat, error: RetryAfter) -> None:
    logger.info("a chat has heard too much: it waits %.0f s", seconds(error))
    chat.pause(seconds(error))


def _was_done(error: BadRequest) -> bool:
    """An earlier attempt, of which no answer came, had succeeded."""
    return "not modified" in error.message or "to delete not found" in error.message
