"""The tasks, in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.entities import FitOptions, FittedModel, ImageRecord, Prediction, Progress
from core.errors import ClassesUnknownToModel, ImageUnreadable, ModelUnreadable
from core.features.hog import Hog
from core.jobs import tasks
from core.ports import DatasetFiles
from core.recipes import make_recipe
from tests.core.learning import CLASSICAL, drawn_files, ignore, read_files, vectors_of
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
    watcher = Watcher()
    tasks.extract(files, CLASSICAL, watcher)
    return watcher.heard[0].total


@pytest.fixture
def model(ready: DatasetFiles, tmp_path: Path) -> Path:
    out = tmp_path / "model.onnx"
    tasks.fit(ready, CLASSICAL, FitOptions(), ("fruits", 1), out, ignore)
    return out


# Features ----------------------------------------------------------------------------------------


def test_an_image_has_the_vector_that_its_extractor_gives(drawn: DatasetFiles) -> None:
    tasks.extract(drawn, CLASSICAL, ignore)
    vectors = vectors_of(drawn, CLASSICAL)
    files = make_files(3, 12)
    for number, record in list(enumerate(drawn.records))[::7]:
        picture = decoded(files[record.name])
        np.testing.assert_array_equal(vectors[number], Hog().extract([picture])[0])


def decoded(data: bytes) -> Image.Image:
    return tasks.decode(data, Hog().side)


def test_progress_counts_up_to_all_that_is_missing(drawn: DatasetFiles) -> None:
    watcher = Watcher()
    tasks.extract(drawn, CLASSICAL, watcher)
    assert watcher.heard == [Progress("features", 0, 36), Progress("features", 32, 36)]


def test_a_second_fit_reads_no_image(drawn: DatasetFiles, tmp_path: Path) -> None:
    tasks.extract(drawn, CLASSICAL, ignore)
    Path(drawn.sources["source"]).unlink()
    for C in ("10", "1"):  # noqa: N806
        recipe = make_recipe("hog", "svc", {"C": C})
        tasks.extract(drawn, recipe, ignore)
        tasks.fit(drawn, recipe, FitOptions(), ("d", 1), tmp_path / "model.onnx", ignore)


def test_other_settings_of_the_features_are_other_features(drawn: DatasetFiles) -> None:
    assert computed(drawn) == 36
    assert computed(drawn) == 0
    other = make_recipe("hog", "svc", {"orientations": "4"})
    tasks.extract(drawn, other, ignore)
    assert vectors_of(drawn, other).shape[1] == Hog(orientations=4).dimension


def test_adding_images_computes_only_the_new_ones(drawn: DatasetFiles, tmp_path: Path) -> None:
    assert computed(drawn) == 36
    more = read_files(make_dataset(tmp_path / "more.zip", 3, 4, seed=1), tmp_path / "workspace")
    added = tuple(replace(record, source="more") for record in more.records)
    both = replace(
        drawn,
        records=(*drawn.records, *added),
        sources={**drawn.sources, "more": more.sources["source"]},
    )
    assert computed(both) == len(added) == 12


def test_copies_of_one_image_are_computed_once(tmp_path: Path) -> None:
    archive = make_zip(
        tmp_path / "copies.zip", {f"{folder}/x.jpg": make_image() for folder in "abc"}
    )
    assert computed(read_files(archive, tmp_path / "workspace")) == 1


def test_an_extraction_that_is_cut_short_goes_on_where_it_was(
    drawn: DatasetFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "IMAGES_PER_SHARD", 10)
    with pytest.raises(InterruptedError):
        tasks.extract(drawn, CLASSICAL, Watcher(enough=32))
    assert computed(drawn) == 6


# Models ------------------------------------------------------------------------------------------


def test_a_model_is_scored_on_another_dataset(
    model: Path, tmp_path: Path, relabelled: Callable[[str], str]
) -> None:
    files = other_files(tmp_path)
    score = tasks.evaluate(model, files, ignore)
    assert score.n == 15
    assert score.accuracy > 0.6
    assert 0 < score.f1_macro <= 1
    wrong = tuple(replace(r, label=relabelled(r.label)) for r in files.records)
    assert tasks.evaluate(model, replace(files, records=wrong), ignore).accuracy < 0.4


@pytest.fixture
def relabelled() -> Callable[[str], str]:
    return {"apple": "pear", "pear": "plum", "plum": "apple"}.__getitem__


def other_files(folder: Path) -> DatasetFiles:
    files = read_files(make_dataset(folder / "other.zip", 3, 5, seed=9), folder / "others")
    tasks.extract(files, CLASSICAL, ignore)
    return files


def test_the_default_recipe_learns_from_a_few_photos_of_each_class(tmp_path: Path) -> None:
    files, out = drawn_files(tmp_path, classes=2, photos=8), tmp_path / "model.onnx"
    recipe = make_recipe()
    tasks.extract(files, recipe, ignore)
    card = tasks.fit(files, recipe, FitOptions(), ("fruits", 1), out, ignore).card
    assert (card.recipe.name, card.probabilities) == ("lite2+none+lda", True)
    assert card.report.refitted

    pictures = [tmp_path / "apple", tmp_path / "pear", tmp_path / "noise"]
    for picture, data in zip(
        pictures, (make_image(0, 99_000), make_image(1, 99_000), noise()), strict=True
    ):
        picture.write_bytes(data)
    apple, pear, nothing = tasks.predict(out, pictures, ignore)
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
    strange = tuple(
        replace(record, label="kiwi") if record.label == "plum" else record
        for record in files.records
    )
    score = tasks.evaluate(model, replace(files, records=strange), ignore)
    assert (score.n, score.left_out) == (10, len(strange) - 10)
    all_strange = tuple(replace(record, label="kiwi") for record in files.records)
    with pytest.raises(ClassesUnknownToModel):
        tasks.evaluate(model, replace(files, records=all_strange), ignore)


def test_a_picture_that_cannot_be_read_costs_only_its_own_answer(
    model: Path, tmp_path: Path
) -> None:
    good, bad, folder = tmp_path / "good", tmp_path / "bad", tmp_path / "folder"
    good.write_bytes(make_image())
    bad.write_bytes(b"not a picture")
    folder.mkdir()
    answers = tasks.predict(model, [bad, good, folder, tmp_path / "none"], ignore)
    assert [type(answer) for answer in answers] == [
        ImageUnreadable,
        Prediction,
        ImageUnreadable,
        ImageUnreadable,
    ]


def test_without_a_model_nothing_is_predicted(tmp_path: Path) -> None:
    with pytest.raises(ModelUnreadable):
        tasks.predict(tmp_path / "none.onnx", [], ignore)


# Samples -----------------------------------------------------------------------------------------


def shown(records: tuple[ImageRecord, ...], seed: int) -> dict[str, list[ImageRecord]]:
    return tasks._sample_by_class(records, seed)


def test_a_sheet_shows_five_different_photos_of_each_class(drawn: DatasetFiles) -> None:
    rows = shown((*drawn.records, *drawn.records), seed=1)
    assert list(rows) == ["apple", "pear", "plum"]
    for label, records in rows.items():
        assert len({record.sha256 for record in records}) == 5
        assert {record.label for record in records} == {label}


def test_another_seed_shows_others_and_a_new_class_changes_no_row(drawn: DatasetFiles) -> None:
    rows = shown(drawn.records, seed=1)
    assert shown(drawn.records, seed=1) == rows
    assert shown(drawn.records, seed=2) != rows
    fewer = tuple(record for record in drawn.records if record.label != "apple")
    assert shown(fewer, seed=1) == {label: rows[label] for label in ("pear", "plum")}


def test_a_sheet_needs_no_archive(drawn: DatasetFiles, tmp_path: Path) -> None:
    Path(drawn.sources["source"]).unlink()
    tasks.draw_sheet(drawn, 0, tmp_path / "sheet.png", ignore)
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.format == "PNG"
