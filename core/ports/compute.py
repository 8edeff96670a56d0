"""What the worker processes do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from core.entities import (
    Description,
    FitOptions,
    FitReport,
    FittedModel,
    ImageRecord,
    LearningCurve,
    Prediction,
    Progress,
    Reading,
    Recipe,
)
from core.errors import BadInput

OnProgress = Callable[[Progress], None]


OnCheckpoint = Callable[[FittedModel], None]


@dataclass(frozen=True, slots=True)
class DatasetFiles:
    """A dataset as a worker sees it: records, where their sources lie, and its workspace."""

    records: tuple[ImageRecord, ...]
    sources: Mapping[str, str]
    workspace: str


@dataclass(frozen=True, slots=True)
class ChartTexts:
    """The words on charts, in the reader's language. In braces: what the chart fills in."""

    photos_per_class: str
    duplicates_per_class: str
    no_duplicates: str
    sizes: str
    width: str
    height: str
    colors_of: str  # {label}
    mean: str
    std: str
    red: str
    green: str
    blue: str
    confusion: str
    true_class: str
    predicted_class: str
    curve: str
    comparison: str
    training_photos: str
    macro_f1: str
    on_training: str
    on_unseen: str
    decimal_point: str


class Compute(Protocol):
    """The workers. Each call runs in a process of its own lane, under a deadline and a memory limit.

    Beside the errors that a task names, each raises TimeLimitExceeded, MemoryLimitExceeded,
    WorkerCrashed, ResultUnreadable or TaskFailed. A cancelled call has ended its process.
    """

    async def read_archive(
        self,
        archive: Path,
        source: str,
        known: Sequence[ImageRecord],
        workspace: Path,
        on_progress: OnProgress,
    ) -> Reading:
        """Reads a ZIP's images once each. `known`: records the dataset has already. Raises BadInput."""

    async def draw_sample_dataset(self, out: Path, on_progress: OnProgress) -> None:
        """Writes the emoji dataset as a ZIP."""

    async def draw_sample_pictures(self, out: Path, count: int) -> tuple[tuple[Path, str], ...]:
        """Draws new emoji pictures into a folder: (path, class name) each."""

    async def draw_overview(
        self, description: Description, texts: ChartTexts, out: Path
    ) -> tuple[Path, ...]:
        """Photos per class, duplicates per class, sizes: one PNG each, into the folder `out`."""

    async def draw_colors(
        self, description: Description, label: str, texts: ChartTexts, out: Path
    ) -> None: ...

    async def draw_sheet(self, files: DatasetFiles, seed: int, out: Path) -> None: ...

    async def draw_confusion(self, report: FitReport, texts: ChartTexts, out: Path) -> None: ...

    async def draw_curves(
        self, curves: Mapping[str, LearningCurve], texts: ChartTexts, out: Path
    ) -> None:
        """One curve with its bands, or several together."""

    async def write_table(self, records: Sequence[ImageRecord], out: Path) -> None:
        """A CSV, a row an image."""

    async def extract(self, files: DatasetFiles, recipe: Recipe, on_progress: OnProgress) -> None:
        """Computes the features that the workspace does not hold yet."""

    async def fit(
        self,
        files: DatasetFiles,
        recipe: Recipe,
        options: FitOptions,
        dataset: tuple[str, int],
        out: Path,
        on_progress: OnProgress,
    ) -> FittedModel:
        """Trains within the budget; `dataset` is its name and version for the card.

        Raises TimeLimitExceeded if the budget ends before any model is there, and BadInput.
        """

    async def predict(
        self, model: Path, images: Sequence[Path]
    ) -> tuple[Prediction | BadInput, ...]:
        """One answer an image, in order: a picture that can't be read costs only its own."""
