"""Where a fit keeps the models of its rungs until one of them is the model.

A file each: whoever ends a fit at its deadline finds the model that was reported last as it was then,
and not one that was written over it a moment before the end.
"""

from __future__ import annotations

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
    """Moves a rung's model and the card beside it to `out`, unless they are there already."""
    if Path(fitted.path).exists():
        Path(f"{fitted.path}.json").replace(f"{out}.json")
        Path(fitted.path).replace(out)
    drop_rungs(out)
    return replace(fitted, path=str(out))


def drop_rungs(out: Path) -> None:
    """Deletes what is left of the rungs."""
    shutil.rmtree(_folder(out), ignore_errors=True)


def _folder(out: Path) -> Path:
    return out.with_name(f"{out.name}.rungs")
