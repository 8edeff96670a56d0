"""A sign of life: a file that the running bot touches. `python -m bot.heartbeat` tells whether it does."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from bot.settings import load_settings

INTERVAL_S = 10.0
STALE_S = 60.0


async def beat(path: Path) -> None:
    """Touches the file for as long as the event loop turns."""
    while True:
        await asyncio.to_thread(path.touch)
        await asyncio.sleep(INTERVAL_S)


def is_alive(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime < STALE_S
    except FileNotFoundError:
        return False


def heartbeat_of(data_dir: Path) -> Path:
    return data_dir / "heartbeat"


if __name__ == "__main__":
    sys.exit(0 if is_alive(heartbeat_of(load_settings().data_dir)) else 1)
