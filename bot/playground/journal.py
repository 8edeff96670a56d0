"""An append-only file of JSON lines. Each line is a transaction, written as a whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Record = dict[str, Any]


class Journal:
    """A journal that survives a killed process: an incomplete last line is dropped at the next
    start."""

    def __init__(self, path: Path) -> None:
        """Opens the file for appending; creates it if it is missing."""
        self._path = path
        self._cut_torn_line()
        self._file = path.open("ab")

    def replay(self) -> Iterator[Record]:
        """Every record, oldest first."""
        with self._path.open("rb") as lines:
            for line in lines:
                yield from json.loads(line)

    def append(self, *records: Record) -> None:
        """Writes the records as one transaction."""
        self._file.write(json.dumps(records, ensure_ascii=False).encode() + b"\n")
        self._file.flush()

    def close(self) -> None:
        """Closes the file; every appended record has been handed to the system before."""
        self._file.close()

    def _cut_torn_line(self) -> None:
        if self._path.exists():
            content = self._path.read_bytes()
            whole = content.rfind(b"\n") + 1
            if whole < len(content):
                with self._path.open("r+b") as file:
                    file.truncate(whole)
