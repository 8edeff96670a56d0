"""Polling: how updates come from Telegram, and whether they still can.

python-telegram-bot's Updater polls in a task of its own that nobody watches: when it ended, the bot was
deaf, with nothing in the log. Here its end ends the process.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from telegram.error import Conflict, TelegramError
from telegram.ext import Updater

from bot.inbox import Inbox, NotJournaled
from bot.rivals import Rivals
from bot.transport import AiohttpRequest

logger = logging.getLogger(__name__)

# The name that the Updater gives its task, which it keeps to itself.
_TASK_NAME = "Updater:start_polling:polling_task"
# Between two attempts to write to the journal: the first pause, doubled up to the longest.
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 5.0

# Who has polled so long before the first conflict was there first. A second process makes its first poll, and the
# first process tries again a second later.
IN_PEACE_S = 4.0


class PollingEnded(Exception):
    """Telegram is not asked for updates any more."""


class PollingRequest(AiohttpRequest):
    """Carries getUpdates: it counts the polls, and the updates that they bring go through the inbox.

    All updates of a poll are in the journal before the next poll confirms them; that one also forgets the
    handled ones that Telegram knows as confirmed. Where the journal can't be written, the library gets none
    of them, and asks again for the same and those that came since.
    """

    def __init__(self, inbox: Inbox) -> None:
        # A poll that is cancelled just after the start may hold its connection for a while, and the
        # last poll of a stop, which confirms what was received, shall not wait for it.
        super().__init__(connections=2)
        self._inbox = inbox
        self._pause_s = FIRST_PAUSE_S
        self.polls = 0

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        self.polls += not self._inbox.is_failing
        code, payload = await super().do_request(*args, **kwargs)
        if code != HTTPStatus.OK:
            return code, payload
        answer = self.parse_json_payload(payload)
        if not isinstance(answer.get("result"), list):
            return code, payload
        request_data = kwargs.get("request_data")
        offset = request_data.parameters.get("offset", 0) if request_data else 0
        answer["result"] = await self._taken(answer["result"], offset)
        return code, json.dumps(answer).encode()

    async def _taken(self, updates: list[Any], confirmed: int) -> list[dict[str, Any]]:
        """The sealed updates. None of them where the journal can't be written, after a pause that grows: a
        lock may be released, and space on a full disk freed. Telegram keeps them."""
        try:
            sealed = await self._inbox.take(updates, confirmed)
        except NotJournaled as error:
            logger.warning(
                "the journal can't be written, next try in %g s: %s", self._pause_s, error
            )
            await asyncio.sleep(self._pause_s)
            self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
            return []
        self._pause_s = FIRST_PAUSE_S
        return sealed


class Polling:
    """The polling of an application while it serves."""

    def __init__(self, updater: Updater, request: PollingRequest) -> None:
        self._updater = updater
        self._request = request
        self._task: asyncio.Task[None] | None = None
        self._rivals = Rivals(IN_PEACE_S)

    @property
    def asked(self) -> int:
        """How often Telegram was asked, answered or not. A poll begins once all updates of the one
        before are in the journal, so the number stands still where they cannot be written."""
        return self._request.polls

    @property
    def trouble(self) -> str:
        """Empty: a poll that fails says no more than that there is no network."""
        return ""

    async def start(self, allowed_updates: Sequence[str]) -> None:
        others = asyncio.all_tasks()
        await self._updater.start_polling(
            allowed_updates=allowed_updates, error_callback=self._on_failed_poll
        )
        (self._task,) = (
            task for task in asyncio.all_tasks() - others if task.get_name() == _TASK_NAME
        )

    async def stop(self) -> None:
        """Raises what the polling ended with, if it ended before."""
        if self._updater.running:
            await self._updater.stop()

    async def until(self, stop: asyncio.Event) -> None:
        """Returns when `stop` is set. Raises what the polling ends with before, or PollingEnded, and Conflict
        where another process was there first."""
        if self._task is None:
            raise PollingEnded
        await self._rivals.until(stop, self._task)
        if not stop.is_set():
            raise PollingEnded

    def _on_failed_poll(self, error: TelegramError) -> None:
        """One line per failed poll: it is tried again at once, and the network needs no traceback."""
        logger.warning("Telegram could not be polled: %s", error.message)
        if isinstance(error, Conflict):
            # A process with a webhook sets it again whenever it is gone.
            self._rivals.meet(stronger="webhook" in error.message)
