"""What the worker processes do, in seven ports: reading, drawing, training, predicting, teaching,
explaining, exporting.

Each call runs in a process, under a deadline and a memory limit. Beside the errors that a method
names, each raises TimeLimitExceeded, MemoryLimitExceeded, WorkerCrashed, ResultUnreadable,
TaskFailed, and ServiceBusy where too many wait. A cancelled call has ended its process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from core.entities import (
    ChartRequest,
    Description,
    Explanation,
    ExportFormat,
    ExportNames,
    FitOptions,
    FitSeconds,
    FittedModel,
    FolderScore,
    LabelSource,
    Lesson,
    LiveFit,
    Mistake,
    Prediction,
    Reading,
    Recipe,
    Suspect,
    Words,
)
from core.errors import BadInput
from core.ports.dataset_files import DatasetFiles, OnProgress
from core.sealed import Key, Stored


class ArchiveReading(Protocol):
    """Archives into files, and what is said of the examples in them."""

    async def read_archive(
        self,
        archive: Path,
        labels: LabelSource,
        known: DatasetFiles | None,
        out: Path,
        on_progress: OnProgress,
        key: Key | None = None,
    ) -> Reading:
        """Reads a ZIP or a folder; what it finds is written to the folder `out`.

        labels : where the classes are taken from. known : the dataset that the photos are added to.
        key : what is written is sealed with it. Raises BadInput; ClassesUnclear where the classes could be taken from elsewhere.
        """

    async def describe(self, files: DatasetFiles) -> Description:
        """The dataset in figures. Its `skipped` and `seconds` are empty: no listing knows them."""

    async def twins(self, files: DatasetFiles) -> tuple[tuple[int, ...], ...]:
        """The ids of examples that are near duplicates, ascending, a tuple for each group."""

    async def write_table(
        self, files: DatasetFiles, out: Path, *, has_decimal_comma: bool = False
    ) -> None:
        """Writes a CSV, one row per example.

        has_decimal_comma : numbers as 0,5, and semicolons between the columns.
        """

    async def write_part(self, files: DatasetFiles, number: int, max_bytes: int, out: Path) -> int:
        """Writes part `number`, from 0, of the dataset as a ZIP of class folders, and returns how many
        parts of at most `max_bytes` there are. Raises PhotoMissing."""

    async def forget(self, cache: Stored, digests: Sequence[str]) -> None:
        """Deletes what was computed from the photos with these digests."""


class Drawing(Protocol):
    """Pictures: charts, sheets of examples, the sample dataset."""

    async def draw(
        self, requests: Sequence[ChartRequest], out: Path
    ) -> tuple[tuple[Path, Mapping[str, str]], ...]:
        """Draws charts as PNG files into the folder `out`, in the order of the requests.

        With each come the names that no font can draw, by the numbers that stand in their place.
        """

    async def draw_sheet(self, files: DatasetFiles, seed: int, out: Path) -> None:
        """Draws a sheet of examples, one row per class, as a PNG file."""

    async def draw_page(
        self, photos: Stored, digests: Sequence[str], first: int | None, out: Path
    ) -> None:
        """Draws photos of a store as a JPEG, in a grid, numbered from `first` on, or not at all. Raises PhotoMissing."""

    async def draw_photo(self, photos: Stored, digest: str, out: Path) -> None:
        """Writes a photo of a store as a JPEG that a chat can show. Raises PhotoMissing."""

    async def draw_sample_dataset(
        self, out: Path, on_progress: OnProgress, labels: Mapping[str, str] | None = None
    ) -> None:
        """Writes the emoji dataset as a ZIP; `labels` are its classes' names in another language."""

    async def draw_sample_pictures(self, out: Path, count: int) -> tuple[tuple[Path, str], ...]:
        """Draws new emoji pictures into a folder: (path, class name) each."""


class Training(Protocol):
    """Features, models, their scores."""

    async def extract(self, files: DatasetFiles, recipe: Recipe, on_progress: OnProgress) -> None:
        """Computes the features that the cache does not hold yet."""

    async def fit(
        self,
        files: DatasetFiles,
        recipe: Recipe,
        options: FitOptions,
        subject: tuple[str, int],
        out: Path,
        on_progress: OnProgress,
    ) -> FittedModel:
        """Trains within the budget on all but the test set; `subject` is the dataset's name and
        version for the card.

        Raises BudgetExceeded if the budget ends before any model is there, and BadInput.
        """

    async def finish(
        self, model: Path, seconds: FitSeconds, test: DatasetFiles | None, *, whole: bool
    ) -> FittedModel:
        """Completes the card of a model: `read` and `features` of the seconds, and its scores on a
        test set.

        test : the dataset that holds it; where `whole`, all its examples, else those of its test set.
        Raises ClassesUnknownToModel.
        """

    async def mistakes(
        self, files: DatasetFiles, recipe: Recipe | None, options: FitOptions
    ) -> tuple[Mistake, ...]:
        """The examples behind the cells of the confusion matrix, those of the diagonal left out. By a
        fit anew, with features that `extract` has kept.

        recipe : None for a live model. Raises BadInput.
        """

    async def suspects(self, files: DatasetFiles, recipe: Recipe) -> tuple[Suspect, ...]:
        """Examples that look mislabelled, the most suspicious first, by features that `extract` has
        kept."""


class Predicting(Protocol):
    """Answers to photos."""

    async def predict(
        self, model: Stored, images: Sequence[Path]
    ) -> tuple[Prediction | BadInput, ...]:
        """Answers images, in order: a picture that can't be read costs only its own answer.
        Raises ModelUnreadable."""


class Teaching(Protocol):
    """Photos that a chat teaches, one lesson at a time."""

    async def learn(
        self,
        images: Sequence[Path],
        names: Sequence[str],
        label: str,
        known: DatasetFiles,
        model: Stored | None,
        out: Path,
    ) -> Lesson:
        """Reads pictures as examples of one class into the folder `out`, their features too.

        names : the examples'. known : the dataset that is taught. model : its model, which is asked what
        it would have called the photos. Raises ModelUnreadable.
        """

    async def fit_live(
        self,
        files: DatasetFiles,
        subject: tuple[str, int],
        out: Path,
        *,
        extends_baseline: bool,
        is_small: bool,
    ) -> LiveFit:
        """Trains a model on everything but the test set, without a ladder, and looks for photos that look
        mislabelled where they are few enough; `subject` is the dataset's
        name and version.

        extends_baseline : True to train on what the baseline was taught, too. is_small : True where it takes less than a second, so that nobody's photo waits for it.
        Raises TooFewClasses.
        """

    async def fit_without(
        self,
        files: DatasetFiles,
        recipe: Recipe | None,
        subject: tuple[str, int],
        sha256: str,
        out: Path,
        *,
        extends_baseline: bool,
    ) -> FittedModel | None:
        """Trains a model that has not seen a photo, nor its near duplicates, and has no scores; None where too
        little is left to learn from.

        recipe : None for that of live models, which alone may extend the baseline. Features must be kept.
        Raises what `Training.fit` does.
        """


class Explaining(Protocol):
    """Why a photo has its answer."""

    async def explain(
        self, model: Stored, image: Path, taught: DatasetFiles | None, words: Words, out: Path
    ) -> Explanation:
        """Explains the model's answer to an image, in PNG files in the folder `out`.

        taught : the dataset that the model learned from, where its photos may be shown.
        Raises ModelUnreadable, BadInput.
        """


class Exporting(Protocol):
    """Models as files that answer without this program."""

    async def export(
        self, model: Stored, kind: ExportFormat, out: Path, names: ExportNames | None = None
    ) -> None:
        """Writes a model in a format.

        names : for formats that people read; without them the dataset's name is the model's.
        Raises ModelUnreadable, NotExportable, WebRuntimeMissing, PageTooLarge.
        """

    async def recipe(self, model: Stored) -> Recipe:
        """The recipe of a model file. Raises ModelUnreadable."""

    async def export_folder(
        self,
        model: Stored,
        files: DatasetFiles,
        title: str,
        out: Path,
        on_progress: OnProgress,
    ) -> FolderScore:
        """Writes a folder that Teachable Machine's library loads, as a ZIP, and scores it beside the model.

        files : the dataset that the model learned from, its features of the model's recipe kept. title : the model's name
        in the folder. Raises ModelUnreadable, PhotosOfOtherClasses, BadInput.
        """


@dataclass(frozen=True)
class Compute:
    """The seven ports, as the composition root hands them over."""

    reading: ArchiveReading
    drawing: Drawing
    training: Training
    predicting: Predicting
    teaching: Teaching
    explaining: Explaining
    exporting: Exporting
