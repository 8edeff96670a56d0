"""What was deleted leaves the disk, while the bot runs too."""

from __future__ import annotations

import asyncio
import logging

from core.services.housekeeping import Housekeeping

INTERVAL_S = 15 * 60.0

logger = logging.getLogger(__name__)


async def keep_tidy(housekeeping: Housekeeping, interval_s: float = INTERVAL_S) -> None:
    """Collects what no row names any more, at once and then again and again.

    A delete cannot do it alone: the file that it lets go may be too young to be collected then.
    """
    while True:
        try:
            await housekeeping.tidy()
        except Exception:
            logger.exception("files that nobody needs could not be deleted")
        await asyncio.sleep(interval_s)
