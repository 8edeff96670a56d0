"""The webhook: updates are posted to the bot's address until it answers with 200.

As on Telegram, the updates of one chat go one after the other, those of several at once, and what fails is repeated
after a pause that grows. What the bot answers is not read.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from contextlib import suppress
from http import HTTPStatus

import aiohttp

from bot.playground.errors import ApiError
from bot.playground.faults import Faults
from bot.playground.world import Json, World

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
TIMEOUT_S = 60.0
# The method of `/play/faults` for deliveries.
FAULT = "webhook"
_SETTING = "webhook"
_FOREVER_S = 10**9


class WebhookDelivery:
    """Posts the pending updates while a webhook is set."""

    def __init__(self, world: World, faults: Faults, first_pause_s: float = FIRST_PAUSE_S) -> None:
        self._world = world
        self._faults = faults
        self._first_pause_s = first_pause_s
        self._delivering: asyncio.Task[None] | None = None
        self._places = asyncio.Semaphore()
        self._lines: dict[int | str, deque[Json]] = {}
        # The largest number of those that are on their way.
        self._begun = 0
        self._failure: Json = {}

    @property
    def webhook(self) -> Json:
        """What was given to setWebhook; {} while none is set."""
        return self._world.settings.get(_SETTING) or {}

    @property
    def info(self) -> Json:
        """A WebhookInfo."""
        shown = {name: self.webhook[name] for name in self.webhook if name != "secret_token"}
        about = {"url": "", "has_custom_certificate": False} | shown
        return about | {"pending_update_count": len(self._world.updates)} | self._failure

    def start(self) -> None:
        """Goes on with the webhook that was set before."""
        if self.webhook:
            self._delivering = asyncio.create_task(self._deliver())

    async def set(self, webhook: Json) -> None:
        """Sets another one, or none: {}. What is on its way is sent again."""
        await self.stop()
        self._failure = {}
        self._world.set(_SETTING, webhook or None)
        self.start()

    async def stop(self) -> None:
        """Ends what is on its way."""
        if self._delivering:
            self._delivering.cancel()
            with suppress(asyncio.CancelledError):
                await self._delivering
        self._delivering = None

    async def _deliver(self) -> None:
        self._lines = {}
        self._places = asyncio.Semaphore(self.webhook["max_connections"])
        self._begun = 0
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(TIMEOUT_S)) as session,
            asyncio.TaskGroup() as lines,
        ):
            while not self._world.is_closed:
                for number, update in list(self._world.updates.items()):
                    if number > self._begun and self._queue(update):
                        lines.create_task(self._deliver_line(session, _chat_of(update)))
                self._begun = max(self._begun, *self._world.updates, 0)
                await self._world.wait_for(self._has_more, _FOREVER_S)

    def _has_more(self) -> bool:
        return max(self._world.updates, default=0) > self._begun

    def _queue(self, update: Json) -> bool:
        """True where nothing is on its way to this chat."""
        chat = _chat_of(update)
        is_first = chat not in self._lines
        self._lines.setdefault(chat, deque()).append(update)
        return is_first

    async def _deliver_line(self, session: aiohttp.ClientSession, chat: int | str) -> None:
        line = self._lines[chat]
        while line:
            await self._deliver_one(session, line[0])
            line.popleft()
        del self._lines[chat]

    async def _deliver_one(self, session: aiohttp.ClientSession, update: Json) -> None:
        pause_s = self._first_pause_s
        while failure := await self._try(session, update):
            self._failure = {"last_error_date": int(time.time()), "last_error_message": failure}
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        self._world.confirm_update(update["update_id"])

    async def _try(self, session: aiohttp.ClientSession, update: Json) -> str:
        """Why it failed; empty where the bot has it."""
        fault = self._faults.next(FAULT)
        if fault and not fault.after:
            return _described(fault.error)
        async with self._places:
            failure = await self._post(session, update)
        return _described(fault.error) if fault else failure

    async def _post(self, session: aiohttp.ClientSession, update: Json) -> str:
        headers = {"Content-Type": "application/json"}
        if secret := self.webhook["secret_token"]:
            headers[SECRET_HEADER] = secret
        try:
            async with session.post(
                self.webhook["url"],
                data=json.dumps(update).encode(),
                headers=headers,
                allow_redirects=False,
            ) as answer:
                if answer.status == HTTPStatus.OK:
                    return ""
                return f"Wrong response from the webhook: {answer.status} {answer.reason}"
        except TimeoutError:
            return "Read timeout expired"
        except aiohttp.ClientConnectorError as error:
            return error.strerror or "Connection refused"
        except (aiohttp.ClientError, OSError):
            return "Connection reset by peer"


def _described(error: Exception) -> str:
    """The fault that was ordered, as WebhookInfo tells of it."""
    if isinstance(error, ApiError):
        return f"Wrong response from the webhook: {error.code} {error.description}"
    return "Connection reset by peer"


def _chat_of(update: Json) -> int | str:
    """Updates with the same one come one after the other; presses, by who pressed, apart from messages."""
    query = update.get("callback_query")
    if isinstance(query, dict):
        return json.dumps(query.get("from"))
    for content in update.values():
        chat = content.get("chat") if isinstance(content, dict) else None
        if isinstance(chat, dict) and isinstance(chat.get("id"), int):
            return int(chat["id"])
    return 0
