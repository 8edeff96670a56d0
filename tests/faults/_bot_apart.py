"""`python -m bot` whose Telegram is played in another process, at the address in PLAYED_AT.

Where the playground is part of the bot's process, its messages are in the bot's memory, and its time is the bot's.
"""

from __future__ import annotations

import os
import sys
from contextlib import AsyncExitStack

import bot.__main__
from bot.settings import Settings
from core.ports import Drawing


async def _elsewhere(settings: Settings, drawing: Drawing, stack: AsyncExitStack) -> str:
    return os.environ["PLAYED_AT"]


if __name__ == "__main__":
    bot.__main__._start_playground = _elsewhere
    sys.exit(bot.__main__.main())
