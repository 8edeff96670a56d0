"""The whole suite with its logs at DEBUG, in which no bot's token may be: `python -m tests.faults.token_search [PYTEST…]`.

Searched are the logs of all bots that the tests start, and of what runs in the tests' own processes. Words behind it
go to pytest, as a folder of tests.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.conftest import LOGS

# The form of a token, in a URL too.
TOKEN = re.compile(r"\d{5,}(?::|%3A)[\w-]{10,}", re.IGNORECASE)
PYTEST = (sys.executable, "-m", "pytest", "-q", "--numprocesses=3", "--dist=loadfile")


def hits(folder: Path) -> Iterator[str]:
    """The lines of logs with something of a token's form."""
    for path in _logs(folder):
        with path.open(errors="replace") as lines:
            for number, line in enumerate(lines, start=1):
                if found := TOKEN.search(line):
                    yield f"{path}:{number}: {line[max(0, found.start() - 80) : found.end()]}"


def _logs(folder: Path) -> list[Path]:
    return [*folder.rglob("*.log"), *folder.rglob("log")]


def main() -> int:
    with TemporaryDirectory() as name:
        folder = Path(name)
        settings = {"LOG_LEVEL": "DEBUG", LOGS: name}
        command = (*PYTEST, f"--basetemp={folder / 'tests'}", *sys.argv[1:])
        subprocess.run(command, env=os.environ | settings, check=False)
        logs, found = _logs(folder), list(hits(folder))
        size = sum(path.stat().st_size for path in logs)
    print(f"{len(found)} hits in {len(logs)} logs of {size >> 20} MB")
    print(*found[:20], sep="\n")
    return 0 if logs and not found else 1


if __name__ == "__main__":
    sys.exit(main())
