"""`python -m storage backup FILE`, `restore FILE`, `check`: for the operator, also while the bot runs.

DATA_DIR, FILES, AWS_…, LUKOSHKO_KEY and KEY_FILE are read from the environment and from `.env`, as the bot does.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from dotenv import dotenv_values

from core.errors import LukoshkoError
from core.objects import SEALED, Bucket, Objects
from storage.backup import back_up, restore
from storage.bucket import check_place, mirror_of
from storage.checking import Checked, check
from storage.home import errors_of_folder
from storage.keyfile import KeySettings, find_key
from storage.tree import LocalTree, Tree

CACHE_BYTES = 100_000_000
"""Of what is in a bucket: so much is on this machine at once while it is looked at."""


def main(arguments: list[str] | None = None) -> int:
    """Exit codes: 0 done and nothing wrong, 1 something is wrong, 2 bad arguments."""
    os.umask(0o077)  # files for their user alone
    given = _parser().parse_args(arguments)
    settings = _settings()
    home = Path(settings.get("DATA_DIR", "data"))
    key = KeySettings(settings.get("LUKOSHKO_KEY", ""), settings.get("KEY_FILE", ""))
    try:
        with errors_of_folder(home):
            return _run(given, home, key, settings)
    except LukoshkoError as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m storage", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    backup = commands.add_parser("backup", help="write everything to one encrypted file")
    backup.add_argument("file", type=Path)
    restored = commands.add_parser("restore", help="unpack a backup into an empty DATA_DIR")
    restored.add_argument("file", type=Path)
    commands.add_parser("check", help="look for damage in the database and in every file")
    return parser


def _settings() -> Mapping[str, str]:
    """The environment wins over the file; an empty value counts as not set."""
    from_file = {name: value for name, value in dotenv_values(".env").items() if value}
    return from_file | {name: value for name, value in os.environ.items() if value}


def _run(
    given: argparse.Namespace, home: Path, key: KeySettings, settings: Mapping[str, str]
) -> int:
    if given.command == "restore":
        return _report(restore(given.file, home, key), f"{given.file} is restored in {home}")
    master = find_key(home, key)
    with _tree(home, settings) as tree:
        if given.command == "check":
            return _report(check(home, master, tree), f"{home} is whole")
        size = back_up(home, master, given.file, tree)
    print(
        f"{given.file}: {size / 1e6:.1f} MB. The key is not in it: keep a copy of that elsewhere."
    )
    return 0


@contextmanager
def _tree(home: Path, settings: Mapping[str, str]) -> Iterator[Tree]:
    """Where the files are. What comes out of a bucket is apart from what a bot has in the folder."""
    files = settings.get("FILES", "")
    check_place(home, files)
    if not files:
        yield LocalTree(home / SEALED)
        return
    with TemporaryDirectory(prefix="lukoshko-") as folder:
        yield mirror_of(Path(folder), Objects.of(Bucket.of(files, settings)), CACHE_BYTES)


def _report(checked: Checked, done: str) -> int:
    for problem in checked.problems:
        print(problem)
    if checked.problems:
        print(f"{checked.files} files looked at, {len(checked.problems)} problems.")
        return 1
    print(f"{done}: {checked.files} files, nothing wrong.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
