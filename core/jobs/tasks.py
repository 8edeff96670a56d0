"""What a worker does: one function per task, on plain data.

The first argument of each, `report`, sends a message to the caller; `core.jobs.runner.bind` takes the
others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from core.charts import sheet
from core.charts.registry import draw_chart
from core.datasets import eda, reading, sample
from core.datasets.choice import sample_by_class
from core.datasets.listing import read_listing
from core.datasets.twins import groups_of
from core.entities import (
    ChartRequest,
    Description,
    Example,
    FitOptions,
    FitSeconds,
    FittedModel,
    LabelSource,
    Prediction,
    Progress,
    Reading,
    Recipe,
)
from core.errors import BadInput, ImageUnreadable
from core.features.cache import FeatureCache
from core.features.registry import make_extractor
from core.models import evaluation, finishing, modelfile, prediction, training
from core.photos import thumbnails as thumbnails_
from core.photos.images import decode
from core.photos.store import PhotoStore
from core.photos.thumbnails import SIDE, Thumbnails, shrink
from core.ports import DatasetFiles

Report = Callable[[Progress], None]
FitReports = Callable[[Progress | FittedModel], None]

# An extraction that is cut short keeps all but the last of these.
IMAGES_PER_SHARD = 256
DECODING_THREADS = 2
SHEET_COLUMNS = 5
RECENT_MODELS = 16

# Datasets ----------------------------------------------------------------------------------------


def read_archive(
    report: Report, archive: Path, labels: LabelSource, known: DatasetFiles | None, out: Path
) -> Reading:
    examples = read_listing(Path(known.listing)) if known else ()
    return reading.read_archive(archive, examples, out, report, labels)


def describe(report: Report, files: DatasetFiles) -> Description:
    return eda.describe(_examples(files))


def write_table(report: Report, files: DatasetFiles, out: Path) -> None:
    eda.write_table(_examples(files), out)


def forget(report: Report, cache: Path, digests: Sequence[str]) -> None:
    """Deletes the features and thumbnails of these photos."""
    doomed = frozenset(digests)
    thumbnails_.forget(cache, doomed)
    for folder in (cache / "features").glob("*"):
        FeatureCache(folder).forget(doomed)


def draw_sample_dataset(report: Report, out: Path, seed: int) -> None:
    sample.write_sample_dataset(out, seed, report)


def draw_sample_pictures(
    report: Report, out: Path, count: int, seed: int
) -> tuple[tuple[Path, str], ...]:
    return sample.draw_sample_pictures(out, count, seed)


# Charts ------------------------------------------------------------------------------------------


def draw(report: Report, requests: Sequence[ChartRequest], out: Path) -> tuple[Path, ...]:
    out.mkdir(parents=True, exist_ok=True)
    charts = tuple(out / f"{number}-{request.name}.png" for number, request in enumerate(requests))
    for request, chart in zip(requests, charts, strict=True):
        draw_chart(request, chart)
    return charts


def draw_sheet(report: Report, files: DatasetFiles, seed: int, out: Path) -> None:
    chosen = sample_by_class(_examples(files), SHEET_COLUMNS, seed)
    store = PhotoStore(Path(files.photos))
    with Thumbnails(Path(files.cache)) as thumbnails:
        rows = [
            (label, [_thumbnail(thumbnails, store, digest) for digest in digests])
            for label, digests in chosen.items()
        ]
    sheet.draw_sheet(rows, out, columns=SHEET_COLUMNS)


def _thumbnail(thumbnails: Thumbnails, store: PhotoStore, digest: str) -> Image.Image:
    """The kept one; a cache may be lost, the photos are not."""
    try:
        return thumbnails.get(digest)
    except KeyError:
        return shrink(decode(store.read(digest), SIDE))


# Features ----------------------------------------------------------------------------------------


def missing(report: Report, files: DatasetFiles, recipe: Recipe) -> tuple[str, ...]:
    """The digests of the photos whose vectors the cache does not hold yet, each content once.

    Raises what `make_extractor` does.
    """
    cache = _cache(files, recipe)
    return tuple(cache.missing(example.photo.sha256 for example in _examples(files)))


def extract(report: Report, files: DatasetFiles, digests: Sequence[str], recipe: Recipe) -> None:
    """Computes the vectors of these photos and keeps them in the cache."""
    extractor = make_extractor(recipe)
    cache, store = _cache(files, recipe), PhotoStore(Path(files.photos))
    done = 0
    with ThreadPoolExecutor(DECODING_THREADS) as threads:
        for batch in _batched(digests, IMAGES_PER_SHARD):
            images = threads.map(lambda digest: decode(store.read(digest), extractor.side), batch)
            vectors = np.empty((len(batch), extractor.dimension), np.float32)
            for row, image in enumerate(images):
                vectors[row] = extractor.extract([image])[0]
                done += 1
                if done % 32 == 0:
                    report(Progress("features", done, len(digests)))
            cache.append(batch, vectors)
    report(Progress("features", done, len(digests)))


def _cache(files: DatasetFiles, recipe: Recipe) -> FeatureCache:
    return FeatureCache(Path(files.cache) / "features" / make_extractor(recipe).key)


def _batched(items: Sequence[str], size: int) -> Iterator[list[str]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


# Models ------------------------------------------------------------------------------------------


def fit(
    report: FitReports,
    files: DatasetFiles,
    recipe: Recipe,
    options: FitOptions,
    subject: tuple[str, int],
    out: Path,
) -> FittedModel:
    """Trains on features that `extract` has kept, the test set left out; reports the model as soon as
    it is usable."""
    examples = [example for example in _examples(files) if not example.is_test]
    classes = tuple(sorted({example.label for example in examples}))
    data = training.TrainingSet(
        vectors=_vectors(files, examples, recipe),
        labels=evaluation.positions([example.label for example in examples], classes),
        groups=groups_of(examples),
        classes=classes,
        name=subject[0],
        version=subject[1],
    )
    return training.fit(data, recipe, options, out, report)


def finish(
    report: Report, model: Path, seconds: FitSeconds, test: DatasetFiles | None, whole: bool
) -> FittedModel:
    """Completes a model's card with the seconds before the fit and its scores on a test set.

    Raises ModelUnreadable, ClassesUnknownToModel.
    """
    loaded = modelfile.load(model)
    score = None
    if test:
        examples = [example for example in _examples(test) if whole or example.is_test]
        labels = [example.label for example in examples]
        # A test set of classes that nobody trained on says nothing: that was noted at its reading.
        if whole or set(labels) & set(loaded.card.classes):
            score = finishing.score(loaded, _vectors(test, examples, loaded.card.recipe), labels)
    return finishing.complete(model, loaded.card, seconds, score)


def predict(
    report: Report, model: Path, images: Sequence[Path]
) -> tuple[Prediction | BadInput, ...]:
    """Raises ModelUnreadable; a picture that can't be read is answered by its error."""
    loaded = _recent_model(model)
    return tuple(_predict_one(loaded, image) for image in images)


def _predict_one(model: modelfile.LoadedModel, image: Path) -> Prediction | BadInput:
    side = make_extractor(model.card.recipe).side
    try:
        return prediction.predict(model, decode(image.read_bytes(), side))
    except BadInput as error:
        return error
    except OSError:
        return ImageUnreadable()


@lru_cache(RECENT_MODELS)
def _recent_model(path: Path) -> modelfile.LoadedModel:
    """Model files are named by their content, so a path always means the same model."""
    return modelfile.load(path)


def _examples(files: DatasetFiles) -> tuple[Example, ...]:
    return read_listing(Path(files.listing))


def _vectors(files: DatasetFiles, examples: Sequence[Example], recipe: Recipe) -> np.ndarray:
    return _cache(files, recipe).load([example.photo.sha256 for example in examples])
