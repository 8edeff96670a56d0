"""A sign of life: a file that the running bot touches. `python -m bot.heartbeat` tells whether it does."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bot.settings import load_settings

if TYPE_CHECKING:  # the health check starts without the library
    from bot.arrivals import Arrivals
    from core.ports import Updates

INTERVAL_S = 10.0
# The longest silence of a polling that works is 45 s: a poll of 15 s, then a pause of 30 s where
# Telegram cannot be reached. A webhook is looked at every 10 s, and a look takes as long at most.
STALE_S = 60.0

logger = logging.getLogger(__name__)


async def beat(
    path: Path, arrivals: Arrivals, journal: Updates, interval_s: float = INTERVAL_S
) -> None:
    """Touches the file for as long as updates can be received: Telegram has been asked since the last
    look (whether it answered or not, which no restart would mend), and the journal can be written."""
    asked = 0
    while True:
        try:
            await journal.check()
            if arrivals.asked > asked:
                await asyncio.to_thread(path.touch)
        except Exception as error:
            logger.warning("no update could be received now: %r", error)
        asked = arrivals.asked
        await asyncio.sleep(interval_s)


def is_alive(path: Path) -> bool:
    """True if the file was touched lately."""
    try:
        return time.time() - path.stat().st_mtime < STALE_S
    except FileNotFoundError:
        return False


def heartbeat_of(data_dir: Path) -> Path:
    """The file of a data folder that the bot touches."""
    return data_dir / "heartbeat"


if __name__ == "__main__":
    sys.exit(0 if is_alive(heartbeat_of(load_settings().data_dir)) else 1)
