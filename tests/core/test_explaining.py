"""The task that explains an answer, in this process, on drawn pictures."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from bot.texts import texts_in
from core.entities import Explanation, FitOptions, NoMap, NoNearest, Recipe, Words
from core.errors import ImageUnreadable
from core.jobs import tasks
from core.jobs.tasks import explaining
from core.jobs.tasks.predicting import recent_model
from core.models import prediction
from core.photos.images import decode
from core.ports import DatasetFiles
from core.recipes import make_recipe
from core.sealed import Stored
from tests.core.charts.checks import assert_photo_in_limits
from tests.core.learning import CLASSICAL, examples_of, extract, ignore, with_examples
from tests.factories import make_image

TINY = {"size": "128", "views": "1"}
LDA = make_recipe("lite2", "lda", TINY)
BLEND = make_recipe("lite2", "blend", TINY)
FOREST = make_recipe("lite2", "forest", TINY)
NAMES = {"apple": "яблоко", "pear": "груша", "plum": "слива"}
WORDS = Words(texts_in("ru").charts, NAMES)


def fitted(files: DatasetFiles, recipe: Recipe, folder: Path) -> Path:
    extract(files, recipe)
    model = folder / f"{recipe.name}.onnx"
    tasks.fit(ignore, files, recipe, FitOptions(), ("fruits", 1), model)
    return model


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Of an apple, 400 pixels wide."""
    path = tmp_path / "photo"
    path.write_bytes(make_image(0, 99_000, side=400))
    return path


def explained(
    model: Path, photo: Path, taught: DatasetFiles | None, out: Path | None = None
) -> Explanation:
    return tasks.explain(ignore, Stored(model), photo, taught, WORDS, out or photo.parent)


@pytest.mark.parametrize(("recipe", "is_exact"), [(LDA, True), (BLEND, False)])
def test_a_map_and_the_nearest_photos_are_drawn(
    recipe: Recipe, is_exact: bool, drawn: DatasetFiles, photo: Path, tmp_path: Path
) -> None:
    found = explained(fitted(drawn, recipe, tmp_path), photo, drawn)
    assert found.label == "apple"
    assert found.second in ("pear", "plum")
    assert found.is_exact is is_exact
    assert found.pictures == (tmp_path / "map.png", tmp_path / "nearest.png")
    for picture in found.pictures:
        assert_photo_in_limits(picture)


@pytest.mark.parametrize(("recipe", "reason"), [(CLASSICAL, NoMap.FEATURES), (FOREST, NoMap.MODEL)])
def test_where_there_is_no_map_the_nearest_photos_are_there(
    recipe: Recipe, reason: NoMap, drawn: DatasetFiles, photo: Path, tmp_path: Path
) -> None:
    found = explained(fitted(drawn, recipe, tmp_path), photo, drawn)
    assert found.heat_map is reason
    assert found.pictures == (tmp_path / "nearest.png",)


def test_a_model_that_names_one_class_alone_prefers_it_to_the_next(
    drawn: DatasetFiles, photo: Path, tmp_path: Path
) -> None:
    order = make_recipe("lite2", "lda", {**TINY, "probability": "no"})
    (tmp_path / "order").mkdir()
    model = fitted(drawn, order, tmp_path / "order")
    image = decode(photo.read_bytes(), 400)
    assert len(prediction.predict(recent_model(Stored(model)), image).top) == 1
    found = explained(model, photo, drawn)
    calibrated = explained(fitted(drawn, LDA, tmp_path), photo, drawn)
    assert (found.label, found.second) == (calibrated.label, calibrated.second)


def shown(
    model: Path, photo: Path, taught: DatasetFiles, monkeypatch: pytest.MonkeyPatch
) -> dict[str, int]:
    """The number of taught photos that are drawn, by the class's name."""
    drawn: dict[str, int] = {}
    monkeypatch.setattr(
        explaining,
        "draw_taught",
        lambda rows, texts, out: drawn.update({name: len(photos) for name, photos in rows}),
    )
    explained(model, photo, taught)
    return drawn


def test_four_photos_of_the_class_and_two_of_the_runner_up_are_shown(
    drawn: DatasetFiles, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = fitted(drawn, CLASSICAL, tmp_path)
    names = explained(model, photo, None)
    assert shown(model, photo, drawn, monkeypatch) == {
        NAMES[names.label]: explaining.NEAREST_NAMED,
        NAMES[names.second]: explaining.NEAREST_SECOND,
    }


def test_of_near_duplicates_one_is_shown_and_of_the_test_set_none(
    drawn: DatasetFiles, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = fitted(drawn, CLASSICAL, tmp_path)
    apples = [example for example in examples_of(drawn) if example.label == "apple"]
    alike = [replace(e, photo=replace(e.photo, twins="one")) for e in apples[:6]]
    tested = [replace(example, is_test=True) for example in apples[6:]]
    files = with_examples(drawn, (*alike, *tested))
    assert shown(model, photo, files, monkeypatch) == {NAMES["apple"]: 1}


@pytest.mark.parametrize("lost", ["dataset", "features", "classes"])
def test_where_the_taught_photos_are_gone_only_the_map_is_there(
    lost: str, drawn: DatasetFiles, photo: Path, tmp_path: Path
) -> None:
    model = fitted(drawn, LDA, tmp_path)
    if lost == "features":
        shutil.rmtree(Path(drawn.cache) / "features")
    if lost == "classes":
        drawn = with_examples(drawn, [replace(e, label="other") for e in examples_of(drawn)])
    found = explained(model, photo, None if lost == "dataset" else drawn)
    assert found.nearest is NoNearest.GONE
    assert found.pictures == (tmp_path / "map.png",)


def test_a_picture_that_cannot_be_read_is_an_error(drawn: DatasetFiles, tmp_path: Path) -> None:
    model = fitted(drawn, CLASSICAL, tmp_path)
    (tmp_path / "photo").write_bytes(b"not a photo")
    with pytest.raises(ImageUnreadable):
        explained(model, tmp_path / "photo", None)


def test_the_map_has_the_photos_shape(drawn: DatasetFiles, tmp_path: Path) -> None:
    model = fitted(drawn, LDA, tmp_path)
    (tmp_path / "photo").write_bytes(make_image(0, 5, side=400))
    explained(model, tmp_path / "photo", None)
    with Image.open(tmp_path / "map.png") as picture:
        assert picture.width == 960
        assert picture.height > 960
