"""The live model of a few photos: which head it has, and what score it may claim."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.entities import FitReport
from core.errors import TooFewClasses
from core.features.registry import make_extractor
from core.models.live import (
    ENOUGH_CLASSES,
    ENOUGH_PHOTOS,
    MOST_HELD_OUT_ALONE,
    SCORED_PHOTOS,
    fit_live,
)
from core.models.modelfile import load
from core.models.training import TrainingSet
from core.recipes import make_recipe, voting_members
from tests.factories import make_label

DIMENSION = make_extractor(make_recipe()).dimension


def make_set(*counts: int, spread: float = 0.3) -> TrainingSet:
    """So many photos of each class, whose vectors lie around the class's own."""
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(len(counts)), counts)
    centres = random.normal(size=(len(counts), DIMENSION))
    vectors = centres[labels] + spread * random.normal(size=(len(labels), DIMENSION))
    classes = tuple(sorted(make_label(kind) for kind in range(len(counts))))
    groups = np.arange(len(labels))
    return TrainingSet(vectors.astype(np.float32), labels, groups, classes, "garden", 3)


def report_of(data: TrainingSet, folder: Path) -> FitReport:
    return fit_live(data, folder / "model.onnx").card.report


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "model.onnx"


def test_its_file_answers_and_names_the_datasets_version(out: Path) -> None:
    data = make_set(4, 4, 5)
    fitted = fit_live(data, out)
    model = load(Path(fitted.path))
    assert model.card == fitted.card
    assert (model.card.dataset, model.card.dataset_version) == ("garden", 3)
    assert model.card.classes == ("apple", "pear", "plum")
    answers = model.answer(data.vectors)
    np.testing.assert_array_equal(answers.labels, data.labels)
    assert answers.scores.shape == (13, 3)


@pytest.mark.parametrize("counts", [(1, 1), (1, 9), (5, 1, 5)])
def test_where_a_class_has_one_photo_it_is_the_classes_means_without_a_score(
    tmp_path: Path, counts: tuple[int, ...]
) -> None:
    report = report_of(make_set(*counts), tmp_path)
    assert report.recipe.classifier == "means"
    assert (report.n_test, report.folds, report.n_train) == (0, 0, sum(counts))


def test_a_single_photo_of_a_class_leaves_five_others_of_enough_photos_their_head(
    tmp_path: Path,
) -> None:
    data = make_set(*[ENOUGH_PHOTOS] * ENOUGH_CLASSES, 1)
    report = report_of(data, tmp_path)
    assert set(voting_members(report.recipe)) == {"rbf", "lda", "means"}
    answers = load(tmp_path / "model.onnx").answer(data.vectors)
    np.testing.assert_array_equal(answers.labels, data.labels)
    fewer = make_set(*[ENOUGH_PHOTOS] * (ENOUGH_CLASSES - 1), ENOUGH_PHOTOS - 1, 1)
    assert report_of(fewer, tmp_path).recipe.classifier == "means"


def test_near_duplicates_are_one_photo(tmp_path: Path) -> None:
    data = make_set(3, 5)
    copies = replace(data, groups=np.array([0, 0, 0, 1, 2, 3, 4, 5]))
    report = report_of(copies, tmp_path)
    assert report.recipe.classifier == "means"
    assert report.n_test == 0
    assert report.kept_together == 3
    assert "apple" in report.too_few


def test_from_two_photos_it_is_the_default_recipe_and_each_photo_is_held_out(
    tmp_path: Path,
) -> None:
    report = report_of(make_set(2, 2), tmp_path)
    assert report.recipe == make_recipe()
    assert (report.n_test, report.folds) == (4, 4)
    assert report.too_few == ("apple", "pear")


def test_the_score_comes_from_models_that_had_not_seen_the_photo(tmp_path: Path) -> None:
    """Vectors that tell nothing: a model that had seen them would name them all."""
    report = report_of(make_set(10, 10, spread=1e4), tmp_path)
    assert report.n_test == 20
    assert report.accuracy < 0.85


def test_it_keeps_how_certain_it_was_of_the_held_out_photos(tmp_path: Path) -> None:
    report = report_of(make_set(6, 7), tmp_path)
    assert sum(one.n for one in report.reliability) == 13
    assert sum(one.n for one in report.certainties) == 13
    right = sum(report.confusion[place][place] for place in range(2))
    assert sum(one.right for one in report.certainties) == right
    assert report.calibration_error is not None


def test_of_too_few_photos_a_certainty_says_nothing(tmp_path: Path) -> None:
    report = report_of(make_set(3, 7), tmp_path)
    assert (report.reliability, report.certainties) == ((), ())
    assert report.calibration_error is None


def test_of_more_photos_fifths_are_held_out(tmp_path: Path) -> None:
    report = report_of(make_set(MOST_HELD_OUT_ALONE, 6), tmp_path)
    assert (report.n_test, report.folds) == (MOST_HELD_OUT_ALONE + 6, 5)


def test_of_very_many_photos_no_score_is_claimed(tmp_path: Path) -> None:
    report = report_of(make_set(SCORED_PHOTOS // 2, SCORED_PHOTOS // 2 + 1), tmp_path)
    assert (report.n_test, report.folds) == (0, 0)
    assert report.n_train == SCORED_PHOTOS + 1


def test_a_class_has_enough_photos_from_five_different_ones_on(tmp_path: Path) -> None:
    assert report_of(make_set(4, 5, 6), tmp_path).too_few == ("apple",)


@pytest.mark.parametrize("photos", [1, 5])
def test_one_class_is_refused(out: Path, photos: int) -> None:
    with pytest.raises(TooFewClasses):
        fit_live(make_set(photos), out)
    assert not out.exists()


def test_the_same_photos_give_the_same_answers(tmp_path: Path) -> None:
    data = make_set(3, 4)
    first, second = (
        load(Path(fit_live(data, tmp_path / name).path)).answer(data.vectors) for name in "ab"
    )
    np.testing.assert_array_equal(first.scores, second.scores)


def test_negatives_that_are_like_the_classes_lift_its_thresholds(tmp_path: Path) -> None:
    data = make_set(6, 6, 6, spread=1.0)
    strange = np.random.default_rng(1).normal(size=(1, DIMENSION)).astype(np.float32)
    without, careful, same = (
        fit_live(replace(data, negatives=negatives), tmp_path / "model.onnx").card
        for negatives in (None, data.vectors[:1], strange)
    )
    assert careful.threshold > without.threshold
    assert without.sure_threshold is not None
    assert careful.sure_threshold is not None
    assert careful.sure_threshold > careful.threshold
    assert (same.threshold, same.sure_threshold) == (without.threshold, without.sure_threshold)
