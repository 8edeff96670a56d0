"""Polling: how updates come from Telegram, and whether they still can.

python-telegram-bot's Updater polls in a task of its own that nobody watches: when it ended, the bot was
deaf, with nothing in the log. Here its end ends the process.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from typing import Any

from telegram.error import TelegramError
from telegram.ext import Updater
from telegram.request import HTTPXRequest

logger = logging.getLogger(__name__)

# The field of a sealed update that holds what Telegram sent.
RAW = "raw"
# The name that the Updater gives its task, which it keeps to itself.
_TASK_NAME = "Updater:start_polling:polling_task"


class PollingEnded(Exception):
    """Telegram is not asked for updates any more."""


class PollingRequest(HTTPXRequest):
    """Carries getUpdates: it counts the polls, and seals the updates.

    The library parses a batch as a whole: a single update that it cannot parse would keep back all
    others, and be fetched again for ever. A sealed update, `{"update_id": 5, "raw": {…}}`, always
    parses; `raw`, which the library leaves in `api_kwargs`, is what Telegram sent.
    """

    def __init__(self) -> None:
        # A poll that is cancelled just after the start may hold its connection for a while, and the
        # last poll of a stop, which confirms what was received, shall not wait for it.
        super().__init__(connection_pool_size=2)
        self.polls = 0

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        self.polls += 1
        return await super().do_request(*args, **kwargs)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        answer = HTTPXRequest.parse_json_payload(payload)
        if isinstance(answer.get("result"), list):
            answer["result"] = list(_sealed(answer["result"]))
        return answer


class Polling:
    """The polling of an application while it serves."""

    def __init__(self, updater: Updater, request: PollingRequest) -> None:
        self._updater = updater
        self._request = request
        self._task: asyncio.Task[None] | None = None

    @property
    def polls(self) -> int:
        """How often Telegram was asked, answered or not. A poll begins once all updates of the one
        before are in the journal, so the number stands still where they cannot be written."""
        return self._request.polls

    async def start(self, allowed_updates: Sequence[str]) -> None:
        others = asyncio.all_tasks()
        await self._updater.start_polling(
            allowed_updates=allowed_updates, error_callback=_log_failed_poll
        )
        (self._task,) = (
            task for task in asyncio.all_tasks() - others if task.get_name() == _TASK_NAME
        )

    async def stop(self) -> None:
        """Raises what the polling ended with, if it ended before."""
        await self._updater.stop()

    async def until(self, stop: asyncio.Event) -> None:
        """Returns when `stop` is set. Raises what the polling ends with before, or PollingEnded."""
        if self._task is None:
            raise PollingEnded
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({stopping, self._task}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
        if not stop.is_set():
            self._task.result()
            raise PollingEnded


def _sealed(updates: list[Any]) -> Iterator[dict[str, Any]]:
    """The updates, each in an envelope that always parses; one without a number can't be confirmed."""
    for update in updates:
        if isinstance(update, dict) and isinstance(update.get("update_id"), int):
            yield {"update_id": update["update_id"], RAW: update}
        else:
            logger.error("an update without a number is skipped")


def _log_failed_poll(error: TelegramError) -> None:
    """One line per failed poll: it is tried again at once, and the network needs no traceback."""
    logger.warning("Telegram could not be polled: %s", error.message)
