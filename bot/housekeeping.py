"""Removes deleted files from the disk while the bot runs."""

from __future__ import annotations

import asyncio
import logging

from core.services.housekeeping import Housekeeping

INTERVAL_S = 15 * 60.0

logger = logging.getLogger(__name__)


async def keep_tidy(housekeeping: Housekeeping, interval_s: float = INTERVAL_S) -> None:
    """Collects what no row names any more, at once and then again and again.

    Deleting a dataset can't do this alone: its file may be too young to be collected at that time.
    """
    while True:
        try:
            await housekeeping.tidy()
        except Exception:
            logger.exception("files that nobody needs could not be deleted")
        await asyncio.sleep(interval_s)
