"""Tasks that explain an answer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from core.charts.why import draw_heat_map, draw_taught
from core.datasets.twins import groups_of
from core.entities import Explanation, NoMap, NoNearest, Recipe, Words
from core.features.backbone import Backbone
from core.features.extractor import Extractor
from core.features.places import places_of
from core.features.registry import make_extractor
from core.jobs.tasks.files import Report, examples_of
from core.jobs.tasks.predicting import recent_model
from core.jobs.tasks.training import feature_cache
from core.models import prediction
from core.models.heatmap import heat_map
from core.models.modelfile import LoadedModel
from core.models.nearest import nearest
from core.models.preference import Preference, is_linear, is_smooth
from core.photos.images import decode
from core.photos.store import PhotoStore
from core.ports import DatasetFiles
from core.sealed import Stored

NEAREST_NAMED, NEAREST_SECOND = 4, 2
# Pixels: of the photo's longer side under the map, and of a taught photo's shorter one.
_PHOTO_SIDE, _TAUGHT_SIDE = 960, 192


@dataclass(frozen=True)
class _Answered:
    """A photo and the classes that the model names first and second for it.

    image : the photo as the extractor wants it.
    """

    file: Stored
    model: LoadedModel
    photo: bytes
    image: Image.Image
    classes: tuple[str, str]
    words: Words

    @property
    def recipe(self) -> Recipe:
        return self.model.card.recipe

    @property
    def extractor(self) -> Extractor:
        return make_extractor(self.recipe)


def explain(
    report: Report, model: Stored, image: Path, taught: DatasetFiles | None, words: Words, out: Path
) -> Explanation:
    """Explains the model's answer to an image, in PNG files in a folder that is there.

    taught : the dataset that the model learned from; without it `nearest` is GONE.
    Raises ModelUnreadable, BadInput.
    """
    loaded, photo = recent_model(model), image.read_bytes()
    decoded = decode(photo, make_extractor(loaded.card.recipe).side)
    label, second = _first_two(model, loaded, decoded)
    answered = _Answered(model, loaded, photo, decoded, (label, second), words)
    return Explanation(
        label=label,
        second=second,
        heat_map=_draw_map(answered, out / "map.png"),
        is_exact=is_linear(answered.recipe),
        nearest=_draw_nearest(answered, taught, out / "nearest.png") if taught else NoNearest.GONE,
    )


def _first_two(file: Stored, model: LoadedModel, image: Image.Image) -> tuple[str, str]:
    """The classes that the model names first and second. An LDA whose logits were not calibrated names one:
    the probabilities of all others are 0, and the preferences tell which is next."""
    label, *others = (name for name, _ in prediction.predict(model, image).top)
    if others:
        return label, others[0]
    others = [name for name in model.card.classes if name != label]
    if not is_smooth(model.card.recipe):
        return label, others[0]
    vectors = make_extractor(model.card.recipe).extract([image])

    def distance(other: str) -> float:
        return float(Preference(file, model.card, label, other)(vectors)[0])

    return label, min(others, key=distance)


def _draw_map(answered: _Answered, out: Path) -> Path | NoMap:
    extractor = answered.extractor
    if not is_smooth(answered.recipe):
        return NoMap.MODEL
    views = places_of(extractor, answered.image) if isinstance(extractor, Backbone) else []
    if not views:
        return NoMap.FEATURES
    preference = Preference(answered.file, answered.model.card, *answered.classes)
    found = heat_map(preference, views)
    shown = ImageOps.contain(decode(answered.photo, _PHOTO_SIDE), (_PHOTO_SIDE, _PHOTO_SIDE))
    one, other = (answered.words.names[label] for label in answered.classes)
    draw_heat_map(shown, found.density(*shown.size), (one, other), answered.words.texts, out)
    return out


def _draw_nearest(answered: _Answered, taught: DatasetFiles, out: Path) -> Path | NoNearest:
    store, names = PhotoStore(Path(taught.photos), taught.key), answered.words.names
    found = _nearest(answered, taught)
    store.need(digest for digests in found.values() for digest in digests)
    rows = [
        (names[label], [decode(store.read(digest), _TAUGHT_SIDE) for digest in digests])
        for label, digests in found.items()
        if digests
    ]
    if not rows:
        return NoNearest.GONE
    draw_taught(rows, answered.words.texts, out)
    return out


def _nearest(answered: _Answered, taught: DatasetFiles) -> dict[str, list[str]]:
    """The digests of the taught photos of each class that are most like the photo, of those whose
    features are kept."""
    (vector,) = answered.extractor.extract([answered.image])
    cache = feature_cache(taught, answered.recipe)
    examples = [e for e in examples_of(taught) if e.label in answered.classes and not e.is_test]
    missing = set(cache.missing(example.photo.sha256 for example in examples))
    found = {}
    for label, most in zip(answered.classes, (NEAREST_NAMED, NEAREST_SECOND), strict=True):
        kept = [e for e in examples if e.label == label and e.photo.sha256 not in missing]
        digests = [example.photo.sha256 for example in kept]
        positions = nearest(vector, cache.load(digests), groups_of(kept), most) if kept else []
        found[label] = [digests[position] for position in positions]
    return found
