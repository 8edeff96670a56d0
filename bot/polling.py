"""Polling: how updates come from Telegram, and whether they still can.

python-telegram-bot's Updater polls in a task of its own that nobody watches: when it ended, the bot was
deaf, with nothing in the log. Here its end ends the process.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from telegram.error import Conflict, TelegramError
from telegram.ext import Updater

from bot.outage import Outage
from bot.transport import AiohttpRequest
from core.ports import Updates

logger = logging.getLogger(__name__)

# The field of a sealed update that holds what Telegram sent.
RAW = "raw"
# The name that the Updater gives its task, which it keeps to itself.
_TASK_NAME = "Updater:start_polling:polling_task"
# Between two attempts to write to the journal: the first pause, doubled up to the longest.
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 5.0

# Who has polled so long before the first conflict was there first. A second process makes its first poll, and the
# first process tries again a second later.
IN_PEACE_S = 4.0
CONFLICTS = 2
# The largest integer that SQLite holds.
MAX_UPDATE_ID = 2**63 - 1


class PollingEnded(Exception):
    """Telegram is not asked for updates any more."""


class PollingRequest(AiohttpRequest):
    """Carries getUpdates: it counts the polls, and journals and seals the updates.

    All updates of a poll are in the journal, in one transaction, before the next poll confirms them;
    that one also forgets the handled ones that Telegram knows as confirmed. Where the journal can't be
    written, the library gets none of them, and asks again for the same and those that came since.

    The library parses a batch as a whole: a single update that it cannot parse would keep back all
    others, and be fetched again for ever. A sealed update, `{"update_id": 5, "raw": {…}}`, always
    parses; `raw`, which the library leaves in `api_kwargs`, is what Telegram sent, and null where it had
    come before.
    """

    def __init__(self, journal: Updates) -> None:
        # A poll that is cancelled just after the start may hold its connection for a while, and the
        # last poll of a stop, which confirms what was received, shall not wait for it.
        super().__init__(connections=2)
        self._journal = journal
        # None while the journal can be written; else the seconds until the next try.
        self._pause_s: float | None = None
        self.outage: Outage | None = None
        self.polls = 0

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        self.polls += self._pause_s is None
        code, payload = await super().do_request(*args, **kwargs)
        if code != HTTPStatus.OK:
            return code, payload
        answer = self.parse_json_payload(payload)
        if not isinstance(answer.get("result"), list):
            return code, payload
        request_data = kwargs.get("request_data")
        offset = request_data.parameters.get("offset", 0) if request_data else 0
        answer["result"] = await self._journaled(answer["result"], offset)
        return code, json.dumps(answer).encode()

    async def _journaled(self, updates: list[Any], confirmed: int) -> list[dict[str, Any]]:
        """The updates, sealed, once they are in the journal. None of them where it can't be written, after a
        pause that grows: a lock may be released, and space on a full disk freed. Telegram keeps them."""
        raw = {update["update_id"]: update for update in updates if _is_numbered(update)}
        bodies = {number: json.dumps(update) for number, update in raw.items()}
        try:
            new = await self._journal.receive(bodies, confirmed)
        except Exception as error:
            await self._wait(list(raw.values()), error)
            return []
        self._pause_s = None
        if self.outage:
            self.outage.end()
        return [{"update_id": n, RAW: raw[n] if n in new else None} for n in raw]

    async def _wait(self, updates: Sequence[Any], error: Exception) -> None:
        """What lasts for more than one attempt is told to those whose updates wait."""
        if self._pause_s is None:
            self._pause_s = FIRST_PAUSE_S
        else:
            self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
            if self.outage:
                self.outage.tell(updates)
        logger.warning("the journal can't be written, next try in %g s: %r", self._pause_s, error)
        await asyncio.sleep(self._pause_s)


class Rivals:
    """Decides which of two processes with one token goes on: the one that has polled in peace before.

    Telegram ends the poll of either with a conflict when the other asks, and does not say who was first.
    """

    def __init__(self) -> None:
        self.have_won = asyncio.Event()
        self._began = time.monotonic()
        self._is_first: bool | None = None
        self._conflicts = 0

    def meet(self) -> None:
        """Notes a conflict."""
        if self._is_first is None:
            self._is_first = time.monotonic() - self._began >= IN_PEACE_S
        self._conflicts += 1
        # The last poll of a process that is being stopped is no rival.
        if not self._is_first and self._conflicts >= CONFLICTS:
            self.have_won.set()


class Polling:
    """The polling of an application while it serves."""

    def __init__(self, updater: Updater, request: PollingRequest) -> None:
        self._updater = updater
        self._request = request
        self._task: asyncio.Task[None] | None = None
        self._rivals = Rivals()

    @property
    def polls(self) -> int:
        """How often Telegram was asked, answered or not. A poll begins once all updates of the one
        before are in the journal, so the number stands still where they cannot be written."""
        return self._request.polls

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
        await self._updater.stop()

    async def until(self, stop: asyncio.Event) -> None:
        """Returns when `stop` is set. Raises what the polling ends with before, or PollingEnded, and Conflict
        where another process was there first."""
        if self._task is None:
            raise PollingEnded
        stopping, losing = (
            asyncio.create_task(event.wait()) for event in (stop, self._rivals.have_won)
        )
        try:
            await asyncio.wait({stopping, losing, self._task}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            losing.cancel()
        if self._rivals.have_won.is_set():
            raise Conflict("another process polls with this token")
        if not stop.is_set():
            self._task.result()
            raise PollingEnded

    def _on_failed_poll(self, error: TelegramError) -> None:
        """One line per failed poll: it is tried again at once, and the network needs no traceback."""
        logger.warning("Telegram could not be polled: %s", error.message)
        if isinstance(error, Conflict):
            self._rivals.meet()


def _is_numbered(update: Any) -> bool:
    """True for an update with a number; one without can't be confirmed, and is skipped."""
    number = update.get("update_id") if isinstance(update, dict) else None
    if isinstance(number, int) and 0 <= number <= MAX_UPDATE_ID:
        return True
    logger.error("an update without a number is skipped")
    return False
