"""What a worker does: one function a task, on plain data; `report` sends progress to the caller."""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from core.cache_folder import write_whole
from core.charts import overview, scores, sheet
from core.datasets import eda, reading, sample
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
    TestScore,
)
from core.errors import BadInput, ClassesUnknownToModel, ImageUnreadable
from core.features.cache import FeatureCache
from core.features.registry import make_extractor
from core.models import evaluation, modelfile, prediction, training
from core.photos import duplicates
from core.photos.archive import Source, open_source
from core.photos.images import decode
from core.photos.thumbnails import SIDE, Thumbnails, shrink
from core.ports import ChartTexts, DatasetFiles

Report = Callable[[Progress | FittedModel], None]

# An extraction that is cut short keeps all but the last of these.
IMAGES_PER_SHARD = 256
DECODING_THREADS = 2
SHEET_COLUMNS = 5
RECENT_MODELS = 16

# Datasets ----------------------------------------------------------------------------------------


def read_archive(
    archive: Path, source: str, known: Sequence[ImageRecord], workspace: Path, report: Report
) -> Reading:
    return reading.read_archive(archive, source, known, workspace, report)


def write_table(records: Sequence[ImageRecord], out: Path, report: Report) -> None:
    eda.write_table(records, out)


def draw_sample_dataset(out: Path, seed: int, report: Report) -> None:
    sample.write_sample_dataset(out, seed, report)


def draw_sample_pictures(
    out: Path, count: int, seed: int, report: Report
) -> tuple[tuple[Path, str], ...]:
    return sample.draw_sample_pictures(out, count, seed)


# Charts ------------------------------------------------------------------------------------------


def draw_overview(
    description: Description, texts: ChartTexts, out: Path, report: Report
) -> tuple[Path, ...]:
    charts = {
        "classes.png": overview.draw_class_counts,
        "duplicates.png": overview.draw_duplicates,
        "sizes.png": overview.draw_sizes,
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, draw in charts.items():
        draw(description, texts, out / name)
    return tuple(out / name for name in charts)


def draw_colors(
    description: Description, label: str, texts: ChartTexts, out: Path, report: Report
) -> None:
    overview.draw_colors(description, label, texts, out)


def draw_sheet(files: DatasetFiles, seed: int, out: Path, report: Report) -> None:
    chosen = _sample_by_class(files.records, seed)
    with Thumbnails(Path(files.workspace)) as thumbnails:
        rows = [
            (label, [_thumbnail(thumbnails, record, files) for record in records])
            for label, records in chosen.items()
        ]
    sheet.draw_sheet(rows, out, columns=SHEET_COLUMNS)


def draw_confusion(report_: FitReport, texts: ChartTexts, out: Path, report: Report) -> None:
    scores.draw_confusion(report_, texts, out)


def draw_curves(
    curves: Mapping[str, LearningCurve], texts: ChartTexts, out: Path, report: Report
) -> None:
    scores.draw_curves(curves, texts, out)


def _thumbnail(thumbnails: Thumbnails, record: ImageRecord, files: DatasetFiles) -> Image.Image:
    """The kept one; a workspace may be lost, the photos are not."""
    try:
        return thumbnails.get(record.sha256)
    except KeyError:
        with _opened(files, [record.source]) as sources:
            return shrink(decode(sources[record.source].read(record.index), SIDE))


def _sample_by_class(records: Sequence[ImageRecord], seed: int) -> dict[str, list[ImageRecord]]:
    """Some photos of each class, different ones for another seed, no content twice."""
    by_class: dict[str, dict[str, ImageRecord]] = {}
    for record in records:
        by_class.setdefault(record.label, {})[record.sha256] = record
    chosen = {}
    for label, distinct in sorted(by_class.items()):
        pool = list(distinct.values())
        # A generator a class: one more class does not change the others' photos.
        rng = np.random.default_rng([seed, zlib.crc32(label.encode())])
        picks = rng.permutation(len(pool))[:SHEET_COLUMNS]
        chosen[label] = [pool[i] for i in picks]
    return chosen


# Features ----------------------------------------------------------------------------------------


def prepare(files: DatasetFiles, recipe: Recipe, report: Report) -> tuple[int, ...]:
    """The positions of the images whose vectors the workspace does not hold yet, each content once.

    Finds the groups of duplicates and keeps them there, where that was not done: 37 000 photos take
    seconds, once. Raises what `make_extractor` does.
    """
    kept = _groups_file(files)
    if not kept.exists():
        groups = io.BytesIO()
        np.save(groups, duplicates.near_groups(files.records))
        write_whole(kept, groups.getvalue())
    positions = {record.sha256: i for i, record in reversed(list(enumerate(files.records)))}
    missing = _cache(files, recipe).missing(record.sha256 for record in files.records)
    return tuple(positions[digest] for digest in missing)


def extract(files: DatasetFiles, recipe: Recipe, report: Report) -> None:
    """Computes the vectors that the workspace does not hold yet, and keeps them there."""
    extractor = make_extractor(recipe)
    cache = _cache(files, recipe)
    first = {record.sha256: record for record in reversed(files.records)}
    missing = cache.missing(record.sha256 for record in files.records)
    report(Progress("features", 0, len(missing)))
    done = 0
    with (
        _opened(files, {first[digest].source for digest in missing}) as sources,
        ThreadPoolExecutor(DECODING_THREADS) as threads,
    ):

        def read(digest: str) -> Image.Image:
            record = first[digest]
            return decode(sources[record.source].read(record.index), extractor.side)

        for digests in _batched(missing, IMAGES_PER_SHARD):
            images = threads.map(read, digests)
            vectors = np.empty((len(digests), extractor.dimension), np.float32)
            for row, image in enumerate(images):
                vectors[row] = extractor.extract([image])[0]
                done += 1
                if done % 32 == 0:
                    report(Progress("features", done, len(missing)))
            cache.append(digests, vectors)


def _groups_file(files: DatasetFiles) -> Path:
    contents = hashlib.sha256("".join(record.sha256 for record in files.records).encode())
    return Path(files.workspace) / "groups" / f"{contents.hexdigest()}.npy"


def _cache(files: DatasetFiles, recipe: Recipe) -> FeatureCache:
    return FeatureCache(Path(files.workspace) / "features" / make_extractor(recipe).key)


@contextmanager
def _opened(files: DatasetFiles, names: Iterable[str]) -> Iterator[dict[str, Source]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(open_source(Path(files.sources[name]))) for name in names}


def _batched(items: Sequence[str], size: int) -> Iterator[list[str]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


# Models ------------------------------------------------------------------------------------------


def fit(
    files: DatasetFiles,
    recipe: Recipe,
    options: FitOptions,
    dataset: tuple[str, int],
    out: Path,
    report: Report,
) -> FittedModel:
    """Trains on features that `extract` has kept; reports the model as soon as it is usable."""
    classes = tuple(sorted({record.label for record in files.records}))
    return training.fit(
        training.TrainingSet(
            vectors=_vectors(files, recipe),
            labels=evaluation.positions([record.label for record in files.records], classes),
            groups=_groups(files),
            classes=classes,
            name=dataset[0],
            version=dataset[1],
        ),
        recipe,
        options,
        out,
        report,
    )


def evaluate(model: Path, files: DatasetFiles, report: Report) -> TestScore:
    """Scores a model on photos with labels, features extracted; those of classes that it does not
    know are left out. Raises ModelUnreadable, ClassesUnknownToModel."""
    loaded = modelfile.load(model)
    classes = loaded.card.classes
    rows = [i for i, record in enumerate(files.records) if record.label in classes]
    if not rows:
        raise ClassesUnknownToModel
    truth = evaluation.positions([files.records[i].label for i in rows], classes)
    vectors = _vectors(files, loaded.card.recipe)[rows]
    result = evaluation.score(truth, loaded.answer(vectors).labels, classes)
    left_out = len(files.records) - len(rows)
    return TestScore(len(rows), result.accuracy, result.f1_macro, left_out)


def predict(
    model: Path, images: Sequence[Path], report: Report
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


def _groups(files: DatasetFiles) -> evaluation.Ints:
    kept = _groups_file(files)
    return np.load(kept) if kept.exists() else duplicates.near_groups(files.records)


def _vectors(files: DatasetFiles, recipe: Recipe) -> np.ndarray:
    return _cache(files, recipe).load([record.sha256 for record in files.records])
