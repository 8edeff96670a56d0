"""What tasks have in common: reports, and a dataset's files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp

from core.datasets.listing import read_listing
from core.entities import Example, FittedModel, Progress
from core.ports import DatasetFiles

Report = Callable[[Progress], None]
FitReport = Callable[[Progress | FittedModel], None]


def examples_of(files: DatasetFiles) -> tuple[Example, ...]:
    """The dataset's examples, those of its test set too."""
    return read_listing(Path(files.listing), files.key)


def own_folder(out: Path) -> Path:
    """A new folder in `out` for one run of a task. A cluster runs a task once more where its node seems to be
    dead: what the first run left, or still writes, is then not taken for the second one's."""
    out.mkdir(parents=True, exist_ok=True)
    return Path(mkdtemp(dir=out))
