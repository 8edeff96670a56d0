"""The way of updates into the journal, before Telegram is told that they arrived."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from typing import Any

from bot.outage import Outage
from core.ports import Updates

logger = logging.getLogger(__name__)

# The field of a sealed update that holds what Telegram sent.
RAW = "raw"
# The largest integer that SQLite holds.
MAX_UPDATE_ID = 2**63 - 1
# What keeps the journal from being written for longer is told to those whose updates wait.
BRIEF_S = 0.5


class NotJournaled(Exception):
    """The journal can't be written: Telegram is to keep the updates."""


class Inbox:
    """Journals updates and seals them.

    The library parses a batch as a whole: a single update that it cannot parse would keep back all
    others, and be fetched again for ever. A sealed update, `{"update_id": 5, "raw": {…}}`, always
    parses; `raw`, which the library leaves in `api_kwargs`, is what Telegram sent, and null where it had
    come before.
    """

    def __init__(self, journal: Updates) -> None:
        self._journal = journal
        self._failing_since: float | None = None
        self.outage: Outage | None = None

    @property
    def is_failing(self) -> bool:
        """True while the journal cannot be written."""
        return self._failing_since is not None

    async def take(self, updates: Sequence[Any], confirmed: int = 0) -> list[dict[str, Any]]:
        """The updates, sealed, once they are in the journal, in one transaction; those without a number are
        skipped. confirmed : Telegram sends none again below this number.

        Raises NotJournaled.
        """
        raw = {update["update_id"]: update for update in updates if _is_numbered(update)}
        bodies = {number: json.dumps(update) for number, update in raw.items()}
        try:
            new = await self._journal.receive(bodies, confirmed)
        except Exception as error:
            self._note_failure(list(raw.values()))
            raise NotJournaled(repr(error)) from error
        self._failing_since = None
        if self.outage:
            self.outage.end()
        return [{"update_id": n, RAW: raw[n] if n in new else None} for n in raw]

    def _note_failure(self, updates: Sequence[Any]) -> None:
        now = time.monotonic()
        if self._failing_since is None:
            self._failing_since = now
        elif now - self._failing_since >= BRIEF_S and self.outage:
            self.outage.tell(updates)


def _is_numbered(update: Any) -> bool:
    """True for an update with a number; one without can't be confirmed, and is skipped."""
    number = update.get("update_id") if isinstance(update, dict) else None
    if isinstance(number, int) and 0 <= number <= MAX_UPDATE_ID:
        return True
    logger.error("an update without a number is skipped")
    return False
