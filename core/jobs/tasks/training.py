"""Tasks of a fit: features, training, the model's card."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core import names
from core.cache_folder import locked
from core.datasets.twins import groups_of
from core.entities import (
    Example,
    FitOptions,
    FitSeconds,
    FittedModel,
    Mistake,
    Progress,
    Recipe,
    Suspect,
)
from core.features.cache import FeatureCache
from core.features.registry import make_extractor
from core.jobs.tasks.files import FitReport, Report, examples_of
from core.models import evaluation, finishing, live, modelfile, training
from core.models.heldout import UNASKED, held_out_answers
from core.models.suspects import doubts
from core.photos import thumbnails
from core.photos.images import decode
from core.photos.store import PhotoStore
from core.ports import DatasetFiles
from core.recipes import make_recipe

IMAGES_PER_REPORT = 32
# An extraction that is cut short keeps all but the last of these.
IMAGES_PER_SHARD = 256
DECODING_THREADS = 2
# A process may have 1 024 files open.
MOST_FILES = 32
# Larger ones stay as they are: to write those of 37 000 photos anew takes 6 s.
SMALL_BYTES = 1024**2


def missing(report: Report, files: DatasetFiles, recipe: Recipe) -> tuple[str, ...]:
    """The digests of the photos, negatives too, whose vectors the cache does not hold yet, each content once.

    Lessons leave many small files in the cache: they are put together here. Raises what `make_extractor`
    does.
    """
    cache = feature_cache(files, recipe)
    with locked(Path(files.cache)):
        thumbnails.compact(Path(files.cache), MOST_FILES, SMALL_BYTES, files.key)
        cache.compact(MOST_FILES, SMALL_BYTES)
    digests = [example.photo.sha256 for example in examples_of(files)]
    return tuple(cache.missing([*digests, *files.negatives]))


def extract(report: Report, files: DatasetFiles, digests: Sequence[str], recipe: Recipe) -> None:
    """Computes the vectors of these photos and keeps them in the cache."""
    extractor = make_extractor(recipe)
    cache, store = feature_cache(files, recipe), PhotoStore(Path(files.photos), files.key)
    store.need(digests)
    done = 0
    with ThreadPoolExecutor(DECODING_THREADS) as threads:
        for batch in _batched(digests, IMAGES_PER_SHARD):
            images = threads.map(lambda digest: decode(store.read(digest), extractor.side), batch)
            vectors = []
            while some := [*islice(images, IMAGES_PER_REPORT)]:
                vectors.append(extractor.extract(some))
                done += len(some)
                report(Progress("features", done, len(digests)))
            cache.append(batch, np.concatenate(vectors))


def fit(
    report: FitReport,
    files: DatasetFiles,
    recipe: Recipe,
    options: FitOptions,
    subject: tuple[str, int],
    out: Path,
) -> FittedModel:
    """Trains on features that `extract` has kept, the test set left out; reports the model as soon as
    it is usable."""
    return training.fit(training_set(files, recipe, subject), recipe, options, out, report)


def training_set(
    files: DatasetFiles, recipe: Recipe, subject: tuple[str, int]
) -> training.TrainingSet:
    """The dataset without its test set, with the features that are kept."""
    return _training_set(files, _trained(files), recipe, subject)


def training_set_without(
    files: DatasetFiles, recipe: Recipe, subject: tuple[str, int], sha256: str
) -> training.TrainingSet:
    """The same without a photo and its near duplicates."""
    examples = _trained(files)
    groups = groups_of(examples).tolist()
    left_out = {g for e, g in zip(examples, groups, strict=True) if e.photo.sha256 == sha256}
    kept = [e for e, g in zip(examples, groups, strict=True) if g not in left_out]
    return _training_set(files, kept, recipe, subject)


def mistakes(
    report: Report, files: DatasetFiles, recipe: Recipe | None, options: FitOptions
) -> tuple[Mistake, ...]:
    """The held-out examples that the recipe's fit takes for another class. The model that was scored is
    trained anew.

    recipe : None for a live model, whose score comes from folds of its own. Raises what `training.fit` does.
    """
    examples = _trained(files)
    data = _training_set(files, examples, recipe or make_recipe(), ("", 0))
    said = held_out_answers(data, recipe, options.seed) if recipe else live.held_out_answers(data)
    wrong = (said != UNASKED) & (said != data.labels)
    return tuple(
        Mistake(examples[row].id, examples[row].label, data.classes[said[row]])
        for row in np.flatnonzero(wrong)
    )


def _trained(files: DatasetFiles) -> list[Example]:
    return [example for example in examples_of(files) if not example.is_test]


def _training_set(
    files: DatasetFiles, examples: Sequence[Example], recipe: Recipe, subject: tuple[str, int]
) -> training.TrainingSet:
    classes = tuple(sorted({example.label for example in examples}, key=names.order))
    digests = [example.photo.sha256 for example in examples]
    vectors = feature_cache(files, recipe).load([*digests, *files.negatives])
    return training.TrainingSet(
        vectors=vectors[: len(examples)],
        labels=evaluation.positions([example.label for example in examples], classes),
        groups=groups_of(examples),
        classes=classes,
        name=subject[0],
        version=subject[1],
        negatives=vectors[len(examples) :],
    )


def finish(
    report: Report, out: Path, seconds: FitSeconds, test: DatasetFiles | None, whole: bool
) -> FittedModel:
    """Completes a model's card with the seconds before the fit and its scores on a test set; `out` is the
    model's file.

    Raises ModelUnreadable, ClassesUnknownToModel.
    """
    loaded = modelfile.load(out)
    score = None
    if test:
        examples = examples_of(test) if whole else _unseen(examples_of(test))
        labels = [example.label for example in examples]
        # A test set of classes that nobody trained on says nothing: that was noted at its reading.
        if whole or set(labels) & set(loaded.card.classes):
            score = finishing.score(loaded, _vectors(test, examples, loaded.card.recipe), labels)
    return finishing.complete(out, loaded.card, seconds, score)


def suspects(report: Report, files: DatasetFiles, recipe: Recipe) -> tuple[Suspect, ...]:
    """Examples that look mislabelled, those of the test set too, the most suspicious first."""
    return suspects_among(files, examples_of(files), recipe)


def suspects_among(
    files: DatasetFiles, examples: Sequence[Example], recipe: Recipe
) -> tuple[Suspect, ...]:
    """Those of the examples that look mislabelled among the others, by features that are kept."""
    classes = sorted({example.label for example in examples})
    labels = evaluation.positions([example.label for example in examples], classes)
    found = doubts(_vectors(files, examples, recipe), labels, groups_of(examples))
    return tuple(
        Suspect(
            example_id=examples[doubt.photo].id,
            label=examples[doubt.photo].label,
            likely=classes[doubt.likely],
            probability=doubt.probability,
        )
        for doubt in found
    )


def _unseen(examples: Sequence[Example]) -> list[Example]:
    """The test set, less the photos that were trained on too, or near duplicates of such."""
    groups = groups_of(examples).tolist()
    trained = {g for example, g in zip(examples, groups, strict=True) if not example.is_test}
    return [
        example
        for example, group in zip(examples, groups, strict=True)
        if example.is_test and group not in trained
    ]


def _vectors(
    files: DatasetFiles, examples: Sequence[Example], recipe: Recipe
) -> NDArray[np.float32]:
    return feature_cache(files, recipe).load([example.photo.sha256 for example in examples])


def feature_cache(files: DatasetFiles, recipe: Recipe) -> FeatureCache:
    """The vectors that are kept for this recipe's extractor."""
    return FeatureCache(Path(files.cache) / "features" / make_extractor(recipe).key, files.key)


def _batched(items: Sequence[str], size: int) -> Iterator[list[str]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
