"""`python -m bot.playground [--port N] [--home FOLDER] [--local]`: the playground alone, for any bot."""

from __future__ import annotations

import argparse
import asyncio
from contextlib import suppress
from pathlib import Path

from bot.playground.limits import LOCAL_FILES, TELEGRAM_FILES, FileLimits
from bot.playground.server import Playground


async def serve(port: int, home: Path | None, files: FileLimits) -> None:
    """Serves until it is cancelled, and prints the address first."""
    playground = Playground(port, home, files=files)
    print(await playground.start(), flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        await playground.stop()


def main() -> None:
    """Runs the command line; Ctrl-C ends it."""
    parser = argparse.ArgumentParser(prog="python -m bot.playground", description=__doc__)
    parser.add_argument("--port", type=int, default=8088)
    parser.add_argument("--home", type=Path, help="keep everything in this folder")
    parser.add_argument(
        "--local",
        action="store_true",
        help="play a Bot API server in local mode: files of up to 2000 MB, in HOME/files",
    )
    arguments = parser.parse_args()
    files = LOCAL_FILES if arguments.local else TELEGRAM_FILES
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(arguments.port, arguments.home, files))


if __name__ == "__main__":
    main()
