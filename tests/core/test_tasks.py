"""The tasks, in this process."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import entities
from core.datasets.listing import read_listing
from core.entities import (
    Example,
    FitOptions,
    FitSeconds,
    FittedModel,
    LabelSource,
    Prediction,
    Progress,
)
from core.errors import ClassesUnknownToModel, ImageUnreadable, ModelUnreadable
from core.features.hog import Hog
from core.jobs import tasks
from core.jobs.tasks import training
from core.models.modelfile import load
from core.photos.images import decode
from core.photos.store import PhotoStore
from core.photos.thumbnails import Thumbnails
from core.ports import DatasetFiles
from core.recipes import make_recipe
from core.sealed import Stored
from tests.core.learning import (
    CLASSICAL,
    drawn_files,
    examples_of,
    extract,
    ignore,
    read_files,
    vectors_of,
    with_examples,
)
from tests.factories import make_dataset, make_files, make_image, make_zip, to_bytes


class Watcher:
    """A `report` that keeps its messages, and may raise at one of them."""

    def __init__(self, enough: int | None = None) -> None:
        self.heard: list[Progress] = []
        self._enough = enough

    def __call__(self, message: Progress | FittedModel) -> None:
        assert isinstance(message, Progress)
        self.heard.append(message)
        if message.done == self._enough:
            raise InterruptedError


def computed(files: DatasetFiles) -> int:
    """The number of images that an extraction has to compute."""
    missing = tasks.missing(ignore, files, CLASSICAL)
    tasks.extract(ignore, files, missing, CLASSICAL)
    return len(missing)


@pytest.fixture
def model(ready: DatasetFiles, tmp_path: Path) -> Path:
    out = tmp_path / "model.onnx"
    tasks.fit(ignore, ready, CLASSICAL, FitOptions(), ("fruits", 1), out)
    return out


# Features ----------------------------------------------------------------------------------------


def test_an_image_has_the_vector_that_its_extractor_gives(drawn: DatasetFiles) -> None:
    extract(drawn)
    vectors = vectors_of(drawn, CLASSICAL)
    files = make_files(3, 12)
    for number, example in list(enumerate(examples_of(drawn)))[::7]:
        picture = decoded(files[example.name])
        np.testing.assert_array_equal(vectors[number], Hog().extract([picture])[0])


def decoded(data: bytes) -> Image.Image:
    return decode(data, Hog().side)


def test_progress_counts_up_to_all_that_is_missing(drawn: DatasetFiles) -> None:
    watcher = Watcher()
    tasks.extract(watcher, drawn, tasks.missing(ignore, drawn, CLASSICAL), CLASSICAL)
    assert watcher.heard == [Progress("features", 32, 36), Progress("features", 36, 36)]


def test_a_second_fit_reads_no_image(drawn: DatasetFiles, tmp_path: Path) -> None:
    extract(drawn)
    shutil.rmtree(drawn.photos)
    for C in ("10", "1"):  # noqa: N806
        recipe = make_recipe("hog", "svc", {"C": C})
        extract(drawn, recipe)
        tasks.fit(ignore, drawn, recipe, FitOptions(), ("d", 1), tmp_path / "model.onnx")


def test_other_settings_of_the_features_are_other_features(drawn: DatasetFiles) -> None:
    assert computed(drawn) == 36
    assert computed(drawn) == 0
    other = make_recipe("hog", "svc", {"orientations": "4"})
    extract(drawn, other)
    assert vectors_of(drawn, other).shape[1] == Hog(orientations=4).dimension


def test_adding_images_computes_only_the_new_ones(drawn: DatasetFiles, tmp_path: Path) -> None:
    assert computed(drawn) == 36
    more = read_files(make_dataset(tmp_path / "more.zip", 3, 4, seed=1), tmp_path / "more")
    shutil.copytree(more.photos, drawn.photos, dirs_exist_ok=True)
    both = with_examples(drawn, (*examples_of(drawn), *examples_of(more)))
    assert computed(both) == 12


def test_copies_of_one_image_are_computed_once(tmp_path: Path) -> None:
    archive = make_zip(
        tmp_path / "copies.zip", {f"{folder}/x.jpg": make_image() for folder in "abc"}
    )
    assert computed(read_files(archive, tmp_path / "workspace")) == 1


def test_an_extraction_that_is_cut_short_goes_on_where_it_was(
    drawn: DatasetFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "IMAGES_PER_SHARD", 10)
    missing = tasks.missing(ignore, drawn, CLASSICAL)
    with pytest.raises(InterruptedError):
        tasks.extract(Watcher(enough=36), drawn, missing, CLASSICAL)
    assert computed(drawn) == 6


# Models ------------------------------------------------------------------------------------------


def test_a_model_is_scored_on_another_dataset(model: Path, tmp_path: Path) -> None:
    files = other_files(tmp_path)
    score = scored(model, files)
    assert score.n == 15
    assert score.accuracy > 0.6
    assert 0 < score.f1_macro <= 1
    other = {"apple": "pear", "pear": "plum", "plum": "apple"}
    wrong = [replace(example, label=other[example.label]) for example in examples_of(files)]
    assert scored(model, with_examples(files, wrong)).accuracy < 0.4


def test_the_card_in_the_file_says_all_that_the_fit_says(model: Path, tmp_path: Path) -> None:
    seconds = FitSeconds(read=2, features=3)
    fitted = tasks.finish(ignore, model, seconds, other_files(tmp_path), True)
    report = fitted.card.report
    assert (report.seconds.read, report.seconds.features) == (2, 3)
    assert report.seconds.fit > 0
    assert report.test is not None
    assert load(model).card == fitted.card


def test_the_test_set_is_scored_and_never_trained_on(drawn: DatasetFiles, tmp_path: Path) -> None:
    extract(drawn)
    examples = [
        replace(apart(example), is_test=number % 3 == 0)
        for number, example in enumerate(examples_of(drawn))
    ]
    files, out = with_examples(drawn, examples), tmp_path / "model.onnx"
    report = tasks.fit(ignore, files, CLASSICAL, FitOptions(), ("d", 1), out).card.report
    assert report.n_train + report.n_test == 24
    finished = tasks.finish(ignore, out, FitSeconds(), files, False).card.report
    assert finished.test is not None
    assert finished.test.n == 12


def test_a_test_photo_that_was_trained_on_too_is_not_scored(
    drawn: DatasetFiles, tmp_path: Path
) -> None:
    extract(drawn)
    first, *others = map(apart, examples_of(drawn))
    copies = [replace(first, is_test=True), *(replace(one, is_test=True) for one in others[-2:])]
    files, out = with_examples(drawn, [first, *others[:-2], *copies]), tmp_path / "model.onnx"
    tasks.fit(ignore, files, CLASSICAL, FitOptions(), ("d", 1), out)
    finished = tasks.finish(ignore, out, FitSeconds(), files, False).card.report
    assert finished.test is not None
    assert finished.test.n == 2


def apart(example: Example) -> Example:
    """The example, its photo in a group of near duplicates of its own."""
    return replace(example, photo=replace(example.photo, twins=example.photo.sha256))


def scored(model: Path, files: DatasetFiles) -> entities.TestScore:
    score = tasks.finish(ignore, model, FitSeconds(), files, True).card.report.test
    assert score is not None
    return score


def other_files(folder: Path) -> DatasetFiles:
    files = read_files(make_dataset(folder / "other.zip", 3, 5, seed=9), folder / "others")
    extract(files)
    return files


def test_the_default_recipe_learns_from_a_few_photos_of_each_class(tmp_path: Path) -> None:
    files, out = drawn_files(tmp_path, classes=2, photos=8), tmp_path / "model.onnx"
    recipe = make_recipe()
    extract(files, recipe)
    card = tasks.fit(ignore, files, recipe, FitOptions(), ("fruits", 1), out).card
    assert (card.recipe.name, card.probabilities) == ("lite2+none+blend", True)
    assert card.report.refitted

    pictures = [tmp_path / "apple", tmp_path / "pear", tmp_path / "noise"]
    for picture, data in zip(
        pictures, (make_image(0, 99_000), make_image(1, 99_000), noise()), strict=True
    ):
        picture.write_bytes(data)
    apple, pear, nothing = tasks.predict(ignore, Stored(out), pictures)
    assert isinstance(apple, Prediction)
    assert isinstance(pear, Prediction)
    assert isinstance(nothing, Prediction)
    assert (apple.label, pear.label) == ("apple", "pear")
    assert (apple.known, pear.known, nothing.known) == (True, True, False)


def noise() -> bytes:
    """A picture of noise."""
    pixels = np.random.default_rng(0).integers(0, 256, (96, 96, 3), dtype=np.uint8)
    return to_bytes(Image.fromarray(pixels), "PNG")


def test_classes_that_a_model_does_not_know_are_left_out_of_its_score(
    model: Path, tmp_path: Path
) -> None:
    files = other_files(tmp_path)
    strange = [
        replace(example, label="kiwi") if example.label == "plum" else example
        for example in examples_of(files)
    ]
    score = scored(model, with_examples(files, strange))
    assert (score.n, score.left_out) == (10, len(strange) - 10)
    all_strange = [replace(example, label="kiwi") for example in strange]
    with pytest.raises(ClassesUnknownToModel):
        scored(model, with_examples(files, all_strange))


def test_a_picture_that_cannot_be_read_costs_only_its_own_answer(
    model: Path, tmp_path: Path
) -> None:
    good, bad, folder = tmp_path / "good", tmp_path / "bad", tmp_path / "folder"
    good.write_bytes(make_image())
    bad.write_bytes(b"not a picture")
    folder.mkdir()
    answers = tasks.predict(ignore, Stored(model), [bad, good, folder, tmp_path / "none"])
    assert [type(answer) for answer in answers] == [
        ImageUnreadable,
        Prediction,
        ImageUnreadable,
        ImageUnreadable,
    ]


def test_without_a_model_nothing_is_predicted(tmp_path: Path) -> None:
    with pytest.raises(ModelUnreadable):
        tasks.predict(ignore, Stored(tmp_path / "none.onnx"), [])


def test_a_reading_that_is_made_once_more_shares_no_file_with_the_first_one(
    tmp_path: Path,
) -> None:
    archive, out = make_dataset(tmp_path / "fruits.zip", 2, 3), tmp_path / "out"
    first, second = (
        tasks.read_archive(ignore, archive, LabelSource.FOLDERS, None, out) for _ in range(2)
    )
    shutil.rmtree(Path(first.photos).parent)
    store = PhotoStore(Path(second.photos))
    examples = read_listing(Path(second.examples))
    assert len({store.read(example.photo.sha256) for example in examples}) == 6
    with Thumbnails(Path(second.cache)) as thumbnails:
        assert all(thumbnails.get(example.photo.sha256) for example in examples)


# Samples -----------------------------------------------------------------------------------------


def test_a_sheet_needs_no_photo_but_its_thumbnail(drawn: DatasetFiles, tmp_path: Path) -> None:
    shutil.rmtree(drawn.photos)
    tasks.draw_sheet(ignore, drawn, 0, tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.format == "PNG"


def test_a_sheet_needs_no_thumbnail_but_its_photo(drawn: DatasetFiles, tmp_path: Path) -> None:
    shutil.rmtree(drawn.cache)
    Path(drawn.cache).mkdir()
    tasks.draw_sheet(ignore, drawn, 0, tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.format == "PNG"


def test_what_was_computed_from_a_photo_can_be_forgotten(drawn: DatasetFiles) -> None:
    extract(drawn)
    digests = [example.photo.sha256 for example in examples_of(drawn)]
    tasks.forget(ignore, Stored(Path(drawn.cache)), digests[:3])
    assert set(tasks.missing(ignore, drawn, CLASSICAL)) == set(digests[:3])
    with Thumbnails(Path(drawn.cache)) as thumbnails:
        assert thumbnails.get(digests[3])
        with pytest.raises(KeyError):
            thumbnails.get(digests[0])
