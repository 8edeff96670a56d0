"""What tasks have in common: reports, and a dataset's files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from core.datasets.listing import read_listing
from core.entities import Example, FittedModel, Progress
from core.ports import DatasetFiles

Report = Callable[[Progress], None]
FitReport = Callable[[Progress | FittedModel], None]


def examples_of(files: DatasetFiles) -> tuple[Example, ...]:
    """The dataset's examples, those of its test set too."""
    return read_listing(Path(files.listing), files.key)
