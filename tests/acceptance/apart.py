"""Telegram apart from the bot: a playground in a process of its own, which nothing that happens to the bot's disk
reaches. `python -m tests.acceptance.apart` is the bot that it serves, at the address in TELEGRAM."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.acceptance.process import ADDRESS, ROOT


@contextmanager
def telegram(home: Path, port: int = 0) -> Iterator[str]:
    """The address of a playground that keeps its things in this folder."""
    command = [sys.executable, "-m", "bot.playground", "--port", str(port), "--home", str(home)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = ADDRESS.search(process.stdout.readline())
        assert told
        try:
            yield told.group()
        finally:
            process.terminate()


def main() -> int:
    """Runs the bot."""
    from bot import __main__ as program  # the workers import this module too

    async def address(*_: object) -> str:
        return os.environ["TELEGRAM"]

    program._start_playground = address
    return program.main()


if __name__ == "__main__":
    sys.exit(main())
