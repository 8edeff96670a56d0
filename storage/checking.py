"""Looking for damage: the database, and every file against the row that names it."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from core import sealed
from core.errors import SealBroken, StorageInUse
from core.objects import SEALED
from core.tree_names import CACHE
from storage.database import connect, errors_of_sqlite3
from storage.folders import OwnerFolder
from storage.home import claim
from storage.inventory import Inventory, Named, snapshot, take_inventory
from storage.keys import MasterKey
from storage.tree import LocalTree, Tree

# Beside a bot that works in the folder, a file may be there for some moments before the row that names it,
# and a row for some moments after its file.
YOUNG_S = 3600.0


@dataclass(slots=True)
class Checked:
    """What was looked at, and what is wrong, a sentence each."""

    files: int = 0
    problems: list[str] = field(default_factory=list)


def check(home: Path, master: MasterKey, tree: Tree | None = None) -> Checked:
    """Checks a data folder, also one that a bot works in. tree : where its files are, None for the folder.

    Raises DatabaseBroken where the database can't be read, and DatabaseLost.
    """
    is_busy = _is_busy(home)
    tree = tree or LocalTree(home / SEALED)
    there, owners = _kept(tree), tree.owners()
    # The rows after the files: what was there is named by now, or nothing names it.
    with snapshot(home, master) as database:
        checked = Checked(problems=_problems_of_rows(database, master))
        inventory = take_inventory(database, tree.root, master)
    checked.problems += _strays(there, owners, inventory, only_old=is_busy)
    missing = [
        path for path, named in inventory.files.items() if not _is_whole(path, named, tree, checked)
    ]
    if is_busy and missing:  # they may have been deleted meanwhile, rows and all
        with snapshot(home, master) as database:
            still = take_inventory(database, tree.root, master).files
        missing = [path for path in missing if path in still]
    checked.problems += [f"{path} is missing, and a row names it" for path in missing]
    for folder in inventory.folders:
        _check_cache(folder, tree, checked)
    return checked


def _is_busy(home: Path) -> bool:
    try:
        claim(home, wait_s=0).close()
    except StorageInUse:
        return True
    return False


def _kept(tree: Tree) -> dict[Path, float]:
    """Photos and other files, with the times when they were written."""
    written = tree.written(tree.root).items()
    return {
        path: time for path, time in written if path.relative_to(tree.root).parts[1:2] != (CACHE,)
    }


def _problems_of_rows(database: Path, master: MasterKey) -> list[str]:
    with errors_of_sqlite3(), closing(connect(database, master.database)) as connection:
        found = [row[0] for row in connection.execute("PRAGMA integrity_check")]
        broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    problems = [f"the database: {text}" for text in found if text != "ok"]
    return problems + [
        f"the database: row {row[1]} of {row[0]} names a row of {row[2]} that is not there"
        for row in broken
    ]


def _strays(
    there: Mapping[Path, float], owners: Iterable[Path], inventory: Inventory, *, only_old: bool
) -> Iterator[str]:
    limit = time.time() - YOUNG_S if only_old else math.inf
    for path in sorted(there.keys() - inventory.files.keys()):
        if there[path] <= limit:
            yield f"no row names {path}: the next start deletes it"
    known = {folder.path for folder in inventory.folders}
    for folder in sorted(set(owners) - known):
        written = [at for path, at in there.items() if path.is_relative_to(folder)]
        if max(written, default=0) <= limit:
            yield f"{folder} is nobody's: the next start deletes it"


def _is_whole(path: Path, named: Named, tree: Tree, checked: Checked) -> bool:
    """False if the file is missing; what else is wrong with it is noted."""
    checked.files += 1
    try:
        with tree.holding([path]):
            content = sealed.read(path, named.folder.key)
    except FileNotFoundError:
        return False
    except (SealBroken, OSError):
        checked.problems.append(f"{path} is damaged")
        return True
    if sealed.digest_of(content) != named.digest:
        checked.problems.append(f"{path} holds other content than its row says")
    return True


def _check_cache(folder: OwnerFolder, tree: Tree, checked: Checked) -> None:
    for path in folder.kept_cache(tree):
        checked.files += 1
        try:
            with tree.holding([path]):
                sealed.read(path, folder.key)
        except FileNotFoundError:  # replaced meanwhile
            continue
        except (SealBroken, OSError):
            checked.problems.append(
                f"{path} is damaged: it can be deleted, and is computed again then"
            )
