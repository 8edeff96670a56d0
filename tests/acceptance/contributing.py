"""CONTRIBUTING.md as a program: its blocks, and a copy of the repository that they change."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]
FOLDERS = ("bot", "core", "docs", "storage", "tests")
CONTRIBUTING = ROOT / "CONTRIBUTING.md"

_BLOCK = re.compile(r"(?P<indent> *)```(?P<kind>\w*)\n(?P<body>.*?)\n(?P=indent)```", re.DOTALL)
# The file of a block: a step begins with it, or it stands before a colon.
_FILE = re.compile(r"^\d+\. `([\w./-]+)`|`([\w./-]+)`:", re.MULTILINE)
# A path of the repository: it has a folder, or a suffix that its files have.
_PATH = re.compile(r"`((?:[\w.-]+/)+[\w.-]*|[\w.-]+\.(?:md|toml|yaml|txt))`")


@dataclass(frozen=True)
class Block:
    """kind : the word after the fence. path : the file that it belongs to."""

    kind: str
    path: str
    body: str

    def carry_out(self, copy: Path) -> None:
        """Does in the copy what the block says."""
        if self.kind == "sh":
            subprocess.run(self.body, shell=True, cwd=copy, check=True, capture_output=True)
        elif self.kind == "diff":
            self._change(copy / self.path)
        elif (copy / self.path).exists():
            with (copy / self.path).open("a", encoding="utf-8") as file:
                file.write(f"{self.body}\n")
        else:
            (copy / self.path).write_text(f"{self.body}\n", "utf-8")

    def _change(self, file: Path) -> None:
        content = file.read_text("utf-8")
        before, after = self._lines("-"), self._lines("+")
        assert content.count(before) == 1, f"{self.path} has these lines not just once:\n{before}"
        file.write_text(content.replace(before, after), "utf-8")

    def _lines(self, sign: str) -> str:
        """The lines of one side of a change; an empty one has lost its blank."""
        lines = self.body.split("\n")
        return "".join(f"{line[1:]}\n" for line in lines if line[:1] in ("", " ", sign))


def recipe_blocks() -> Iterator[Block]:
    """All that has something to carry out, in the order of the page."""
    text = CONTRIBUTING.read_text("utf-8")
    for found in _BLOCK.finditer(text):
        if found["kind"]:
            body = dedent(f"{found['body']}\n".replace(f"\n{found['indent']}", "\n"))
            path = "".join(_FILE.findall(text, 0, found.start())[-1])
            yield Block(found["kind"], path, body.removeprefix(found["indent"]).removesuffix("\n"))


def paths_named() -> set[str]:
    return set(_PATH.findall(CONTRIBUTING.read_text("utf-8")))


def copy_repository(to: Path) -> Path:
    """The repository without its history and its operator's settings, with the same environment."""
    to.mkdir()
    for path in ROOT.iterdir():
        if path.is_file() and path.name not in (".git", ".env"):
            shutil.copy2(path, to)
        elif path.name in FOLDERS:
            shutil.copytree(path, to / path.name, ignore=shutil.ignore_patterns("__pycache__"))
    (to / ".venv").symlink_to(sys.prefix)
    return to
