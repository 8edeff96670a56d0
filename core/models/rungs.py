"""Files for the models of a fit's rungs, until one of them is published as the model.

Each rung has its own file. So where a fit is ended at its deadline, the model that was reported last
is intact, and not overwritten a moment before the end. These files are not synced to the disk, since
a killed process loses nothing that it wrote; the one that is published is.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

from core.entities import FittedModel


def rung_file(out: Path, number: int) -> Path:
    """The file of rung `number` of the fit that ends in `out`."""
    folder = _folder(out)
    folder.mkdir(exist_ok=True)
    return folder / f"{number}.onnx"


def publish(fitted: FittedModel, out: Path) -> FittedModel:
    """Moves a rung's model and its card to `out`, on the disk before that, unless it was done already,
    and drops the rungs."""
    if Path(fitted.path).exists():
        for ending in (".json", ""):
            written = Path(f"{fitted.path}{ending}")
            _sync(written)
            written.replace(f"{out}{ending}")
    drop_rungs(out)
    return replace(fitted, path=str(out))


def drop_rungs(out: Path) -> None:
    """Deletes the remaining files of the rungs of the fit that ends in `out`."""
    shutil.rmtree(_folder(out), ignore_errors=True)


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _folder(out: Path) -> Path:
    return out.with_name(f"{out.name}.rungs")
