"""Tasks of a chat that teaches: a lesson's photos, and the live model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.datasets import lesson
from core.entities import FittedModel, Learned, Lesson, LiveFit, Recipe, Suspect
from core.errors import BadInput, ImageUnreadable
from core.features.cache import FeatureCache
from core.features.registry import make_extractor
from core.jobs.tasks.files import Report, examples_of, own_folder
from core.jobs.tasks.predicting import recent_model
from core.jobs.tasks.training import suspects_among, training_set, training_set_without
from core.models import live, modelfile
from core.models.baseline import baseline_model, taught
from core.models.heldout import fit_unscored
from core.models.training import TrainingSet
from core.photos.thumbnails import SIDE
from core.ports import DatasetFiles
from core.recipes import make_recipe
from core.sealed import Stored

# Of so many, those that look mislabelled are found within 0.2 s; of 1 000 within 2.
JUDGED_PHOTOS = 300


def learn(
    report: Report,
    images: Sequence[Path],
    names: Sequence[str],
    label: str,
    known: DatasetFiles,
    model: Stored | None,
    out: Path,
) -> Lesson:
    """Reads pictures as examples of one class into a folder in `out`: their bytes, thumbnails and the
    default recipe's features, by one decoding and one run of the network each.

    model : the dataset's model, which is asked what it would have called them if it has the class.
    """
    recipe = make_recipe()
    extractor = make_extractor(recipe)
    loaded = recent_model(model) if model else None
    if loaded and (
        make_extractor(loaded.card.recipe).key != extractor.key or label not in loaded.card.classes
    ):
        loaded = None
    out = own_folder(out)
    photos: list[Learned | BadInput] = []
    vectors: dict[str, NDArray[np.float32]] = {}
    with lesson.writing(label, out, known.key) as writer:
        for path, name in zip(images, names, strict=True):
            try:
                data = path.read_bytes()
                sha256, image = writer.add(data, name, max(SIDE, extractor.side))
            except BadInput as error:
                photos.append(error)
                continue
            except OSError:
                photos.append(ImageUnreadable())
                continue
            vectors[sha256] = extractor.extract([image])
            photos.append(Learned(sha256, _said(loaded, vectors[sha256])))
    if vectors:
        cache = FeatureCache(out / "cache" / "features" / extractor.key, known.key)
        cache.append(list(vectors), np.concatenate(list(vectors.values())))
    reading, different = lesson.finished(writer, examples_of(known), out, known.key)
    return Lesson(label, tuple(photos), different, reading)


def _said(model: modelfile.LoadedModel | None, vector: NDArray[np.float32]) -> str | None:
    return model.card.classes[int(model.answer(vector).labels[0])] if model else None


def fit_live(
    report: Report,
    files: DatasetFiles,
    subject: tuple[str, int],
    extends_baseline: bool,
    out: Path,
) -> LiveFit:
    """Trains the live model on features that are kept, and where that is wanted on what the baseline was
    taught. Raises TooFewClasses, NumbersTooLarge."""
    recipe = make_recipe()
    fitted = _fit_live(training_set(files, recipe, subject), extends_baseline, out)
    return LiveFit(fitted, _suspects(files, recipe))


def fit_without(
    report: Report,
    files: DatasetFiles,
    recipe: Recipe | None,
    subject: tuple[str, int],
    sha256: str,
    extends_baseline: bool,
    out: Path,
) -> FittedModel | None:
    """Trains a model that has not seen a photo, nor its near duplicates, on features that are kept.

    recipe : None for a live model's, which may extend the baseline. Returns None where the photo's class, or
    all but one, has no other photos. Raises what `training.fit` does.
    """
    labels = {e.label for e in examples_of(files) if e.photo.sha256 == sha256}
    data = training_set_without(files, recipe or make_recipe(), subject, sha256)
    if not labels <= set(data.classes) or (len(data.classes) < 2 and not extends_baseline):
        return None
    return fit_unscored(data, recipe, out) if recipe else _fit_live(data, extends_baseline, out)


def _fit_live(data: TrainingSet, extends_baseline: bool, out: Path) -> FittedModel:
    if extends_baseline:
        return live.fit_live(taught.extended(data), out, baseline_model().card.origin)
    return live.fit_live(data, out)


def _suspects(files: DatasetFiles, recipe: Recipe) -> tuple[Suspect, ...] | None:
    examples = examples_of(files)
    return suspects_among(files, examples, recipe) if len(examples) <= JUDGED_PHOTOS else None
