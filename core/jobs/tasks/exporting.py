"""Tasks that write models for use without this program."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from core.entities import ExportFormat, ExportNames, FolderScore, Recipe
from core.errors import PhotosOfOtherClasses
from core.export import formats, teachable
from core.jobs.tasks.files import Report
from core.jobs.tasks.training import training_set
from core.models import modelfile
from core.ports import DatasetFiles
from core.recipes import FOLDER_RECIPE
from core.sealed import Stored


def export(
    report: Report,
    model: Stored,
    kind: ExportFormat,
    out: Path,
    names: ExportNames | None = None,
) -> None:
    """Writes a model in a format. Raises ModelUnreadable, NotExportable, WebRuntimeMissing, PageTooLarge."""
    formats.write(model, kind, out, names)


def recipe(report: Report, model: Stored) -> Recipe:
    """The recipe of a model. Raises ModelUnreadable."""
    return modelfile.load(model.path, model.key).card.recipe


def export_folder(
    report: Report, model: Stored, files: DatasetFiles, title: str, out: Path
) -> FolderScore:
    """Writes a folder for Teachable Machine's library as a ZIP; features must be kept, those of the folder's recipe
    and those of the model's.

    files : the dataset that the model learned from. Raises ModelUnreadable, PhotosOfOtherClasses, and what a fit raises.
    """
    card = modelfile.load(model.path, model.key).card
    subject = (card.dataset, card.dataset_version)
    data = training_set(files, FOLDER_RECIPE, subject)
    if set(data.classes) != set(card.classes):
        raise PhotosOfOtherClasses(name=card.dataset)
    score = teachable.compare(data, training_set(files, card.recipe, subject), card.recipe)
    out.write_bytes(teachable.make_folder(data, score, title, datetime.now(UTC)))
    return score
