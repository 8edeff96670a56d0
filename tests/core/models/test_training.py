"""The fit, in this process; its deadline is tested with the workers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from core.entities import FitOptions, FitReport, FitSeconds, FittedModel, Progress
from core.errors import NumbersTooLarge, TooFewClasses, TooFewPhotos
from core.features.registry import make_extractor
from core.jobs import tasks
from core.models.familiarity import Thresholds
from core.models.modelfile import load
from core.models.prediction import TOP, predict
from core.models.training import TrainingSet, make_card, train_pipeline
from core.ports import DatasetFiles
from core.recipes import make_recipe
from core.registry import CLASSIFIERS, EXTRACTORS
from tests.cards import make_card as any_card
from tests.core.learning import (
    CLASSICAL,
    drawn_files,
    examples_of,
    extract,
    ignore,
    noise_files,
    with_examples,
)
from tests.factories import make_label, make_picture

DATASET = ("fruits", 1)
AMPLE_S = 600.0  # for what must end on a busy machine too


def fit(
    files: DatasetFiles, out: Path, *, seed: int = 0, curve: bool = False, **settings: str
) -> FitReport:
    options = FitOptions(AMPLE_S, curve, seed)
    recipe = make_recipe("hog", "svc", settings)
    return tasks.fit(ignore, files, recipe, options, DATASET, out).card.report


def scores_of(report: FitReport) -> FitReport:
    """The report without its times."""
    return replace(report, seconds=FitSeconds(), rungs=())


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "model.onnx"


def test_a_fit_reports_scores_on_photos_it_never_saw(ready: DatasetFiles, out: Path) -> None:
    report = fit(ready, out)
    assert report.recipe == CLASSICAL
    assert report.classes == ("apple", "pear", "plum")
    assert report.n_train + report.n_test == len(examples_of(ready)) == 36
    assert sum(s.support for s in report.class_scores) == report.n_test
    assert np.sum(report.confusion) == report.n_test
    assert np.trace(report.confusion) / report.n_test == pytest.approx(report.accuracy)
    assert np.mean([s.f1 for s in report.class_scores]) == pytest.approx(report.f1_macro)
    assert report.accuracy > 0.8
    assert report.complete
    assert report.curve is None
    assert report.n_available == report.n_train
    assert report.refitted
    assert report.calibration_error is not None
    assert 0 <= report.calibration_error <= 1
    assert sum(one.n for one in report.reliability) == report.n_test
    assert sum(one.n for one in report.certainties) == report.n_test
    assert sum(one.right for one in report.certainties) == np.trace(report.confusion)
    first, last = report.rungs
    assert first.n == 12
    assert (last.n, last.accuracy, last.f1_macro) == (
        report.n_train,
        report.accuracy,
        report.f1_macro,
    )
    assert last.seconds == pytest.approx(report.seconds.fit + report.seconds.evaluate)


def test_features_that_tell_nothing_score_as_chance_does(tmp_path: Path, out: Path) -> None:
    report = fit(noise_files(tmp_path / "noise", classes=4, photos=50), out, probability="no")
    assert report.accuracy < 0.5


def test_the_same_seed_gives_the_same_scores(tmp_path: Path, out: Path) -> None:
    noise = noise_files(tmp_path / "noise", classes=3, photos=30)
    one, same, other = (fit(noise, out, seed=seed, curve=True) for seed in (5, 5, 6))
    assert scores_of(one) == scores_of(same)
    assert scores_of(one) != scores_of(other)


@pytest.mark.parametrize("classifier", CLASSIFIERS)
@pytest.mark.parametrize("photos", [3, 4])
def test_three_photos_of_each_class_train_a_model(
    tmp_path: Path, out: Path, classifier: str, photos: int
) -> None:
    """Its score is a guess, from a cross-validation on all of them."""
    if classifier in ("lightgbm", "catboost"):
        pytest.importorskip(classifier, reason="needs the extra `boosting`")
    few = drawn_files(tmp_path, classes=2, photos=photos)
    extract(few)
    recipe = make_recipe("hog", classifier)
    card = tasks.fit(ignore, few, recipe, FitOptions(AMPLE_S, curve=True), DATASET, out).card
    report, n = card.report, 2 * photos
    assert (report.n_train, report.n_test, report.n_available, report.folds) == (n, n, n, 3)
    assert report.too_few == ("apple", "pear")
    assert report.calibration_error is None
    assert report.reliability == report.certainties == ()
    assert np.trace(report.confusion) / n == pytest.approx(report.accuracy)
    assert np.sum(report.confusion) == n
    assert report.complete
    assert report.refitted
    assert report.curve is not None
    assert load(out).card == card
    assert predict(load(out), make_picture(0, seed=99)).label in report.classes


def test_three_photos_that_are_copies_are_refused(ready: DatasetFiles, out: Path) -> None:
    pears = [e for e in examples_of(ready) if e.label == "pear"][:2]
    apples = [e for e in examples_of(ready) if e.label == "apple"]
    with pytest.raises(TooFewPhotos, match=r"pear \(2\)"):
        fit(with_examples(ready, [*apples, *pears, pears[0]]), out)


def test_one_small_class_among_large_ones_is_scored_by_folds_too(
    ready: DatasetFiles, out: Path
) -> None:
    pears = [e for e in examples_of(ready) if e.label == "pear"]
    others = [e for e in examples_of(ready) if e.label != "pear"]
    report = fit(with_examples(ready, [*others, *pears[:3]]), out)
    assert (report.too_few, report.folds, report.n_test) == (("pear",), 3, len(others) + 3)
    assert {score.label: score.support for score in report.class_scores}["pear"] == 3


def test_few_photos_without_time_for_folds_have_the_score_of_those_held_out(
    tmp_path: Path, out: Path
) -> None:
    few = noise_files(tmp_path / "noise", classes=2, photos=3)
    report = tasks.fit(ignore, few, CLASSICAL, FitOptions(budget_s=1e-6), DATASET, out).card.report
    assert (report.n_train, report.n_test, report.folds) == (4, 2, 0)
    assert report.too_few == ("apple", "pear")


@pytest.mark.parametrize("classifier", ["lda", "voting", "svc"])
def test_the_least_that_can_be_learned_from_has_a_curve_too(
    tmp_path: Path, out: Path, classifier: str
) -> None:
    """Its first step has one photo per class."""
    few = noise_files(tmp_path / "noise", classes=2, photos=5)
    recipe = make_recipe("hog", classifier, {"reducer": "none"})
    fitted = tasks.fit(ignore, few, recipe, FitOptions(AMPLE_S, curve=True), DATASET, out)
    assert fitted.card.report.curve is not None


def test_a_curve_has_three_sizes_and_three_folds(ready: DatasetFiles, out: Path) -> None:
    report = fit(ready, out, curve=True)
    assert report.complete
    assert report.curve is not None
    assert len(report.curve.train_sizes) == 3
    assert report.curve.train_sizes == tuple(sorted(report.curve.train_sizes))
    assert np.shape(report.curve.train_scores) == np.shape(report.curve.test_scores) == (3, 3)
    assert load(out).card.report == report


def test_a_curve_takes_any_number_of_components(ready: DatasetFiles, out: Path) -> None:
    assert fit(ready, out, curve=True, n_components="1000").curve is not None


def test_a_usable_model_is_reported_before_the_curve_begins(ready: DatasetFiles, out: Path) -> None:
    messages: list[str] = []

    def report(message: Progress | FittedModel) -> None:
        if isinstance(message, Progress):
            messages.append(message.stage)
            return
        messages.append("model")
        assert load(Path(message.path)).card == message.card
        assert not message.card.report.complete

    fitted = tasks.fit(report, ready, CLASSICAL, FitOptions(AMPLE_S, curve=True), DATASET, out)
    assert messages == ["fit", "model", "fit", "model", "refit", "model", "curve"]
    assert fitted.card.report.complete


def test_a_budget_that_ends_between_rungs_leaves_the_model_of_the_last_one(
    ready: DatasetFiles, out: Path
) -> None:
    """The first rung always ends, unless it is killed."""
    heard: list[Progress | FittedModel] = []
    options = FitOptions(budget_s=1e-6, curve=True)
    fitted = tasks.fit(heard.append, ready, CLASSICAL, options, DATASET, out)
    report = fitted.card.report
    assert [m.stage for m in heard if isinstance(m, Progress)] == ["fit"]
    assert (report.n_train, report.n_available, len(report.rungs)) == (12, 28, 1)
    assert not report.complete
    assert not report.refitted
    assert report.curve is None
    assert load(out).card == fitted.card
    assert predict(load(out), make_picture()).label in report.classes


def test_a_rung_on_everything_without_time_for_a_refit_is_complete(
    tmp_path: Path, out: Path
) -> None:
    smallest = noise_files(tmp_path / "noise", classes=2, photos=5)
    report = tasks.fit(
        ignore, smallest, CLASSICAL, FitOptions(budget_s=1e-6), DATASET, out
    ).card.report
    assert (report.n_train, report.n_available, report.n_test) == (8, 8, 2)
    assert report.complete
    assert not report.refitted


def test_the_refitted_model_has_seen_the_held_out_photos(tmp_path: Path, out: Path) -> None:
    """On noise, the nearest neighbour is right for photos it has seen, and by chance for others."""
    noise = noise_files(tmp_path / "noise", classes=4, photos=20)
    recipe = make_recipe("hog", "knn", {"n_neighbors": "1"})
    report = tasks.fit(ignore, noise, recipe, FitOptions(AMPLE_S), DATASET, out).card.report
    assert report.refitted
    assert report.accuracy < 0.6
    test = tasks.finish(ignore, out, FitSeconds(), noise, True).card.report.test
    assert test is not None
    assert test.accuracy == 1


@pytest.mark.parametrize("seed", [0, 1])
def test_the_file_always_has_the_card_that_was_reported(
    tmp_path: Path, out: Path, seed: int
) -> None:
    """A rung that is worse than the one below it leaves the model, and adds to its card."""
    cards = 0

    def report(message: Progress | FittedModel) -> None:
        nonlocal cards
        if isinstance(message, FittedModel):
            cards += 1
            assert load(Path(message.path)).card == message.card
            assert message.card.report.rungs

    noise = noise_files(tmp_path / "noise", classes=4, photos=60)
    recipe = make_recipe("hog", "knn")
    fitted = tasks.fit(report, noise, recipe, FitOptions(AMPLE_S, seed=seed), DATASET, out)
    assert [rung.n for rung in fitted.card.report.rungs] == [24, 192]
    assert cards == 3  # the refit too
    assert load(out).card == fitted.card
    assert sorted(file.name for file in out.parent.glob("model*")) == [
        "model.onnx",
        "model.onnx.json",
    ]


def test_one_class_cannot_be_learned(ready: DatasetFiles, out: Path) -> None:
    only = with_examples(ready, [e for e in examples_of(ready) if e.label == "apple"])
    with pytest.raises(TooFewClasses, match="apple"):
        fit(only, out)
    assert not out.exists()


def test_the_same_photo_many_times_is_one(ready: DatasetFiles, out: Path) -> None:
    pear = next(e for e in examples_of(ready) if e.label == "pear")
    apples = [e for e in examples_of(ready) if e.label == "apple"]
    with pytest.raises(TooFewPhotos, match=r"pear \(1\)"):
        fit(with_examples(ready, [*apples, *[pear] * 12]), out)


def test_photos_with_duplicates_are_counted(ready: DatasetFiles, out: Path) -> None:
    examples = examples_of(ready)
    doubled = with_examples(ready, [*examples, examples[0]])
    assert fit(doubled, out).kept_together >= 2
    single = noise_files(out.parent / "noise", classes=2, photos=20)
    assert fit(single, out).kept_together == 0


@pytest.mark.parametrize("probability", ["yes", "no"])
def test_a_new_picture_is_named_with_the_likeliest_classes_first(
    probability: str, ready: DatasetFiles, out: Path
) -> None:
    fit(ready, out, probability=probability)
    model = load(out)
    answers = [
        predict(model, make_picture(kind, 99_000 + n)) for kind in range(3) for n in range(5)
    ]
    right = [answers[kind * 5 + n].label == make_label(kind) for kind in range(3) for n in range(5)]
    assert np.mean(right) > 0.6
    # A threshold from 36 photos is a rough one.
    assert np.mean([answer.known for answer in answers]) > 0.5
    for answer in answers:
        assert answer.top[0] == (answer.label, answer.probability)
        assert {label for label, _ in answer.top} == {"apple", "pear", "plum"}
        probabilities = [p for _, p in answer.top]
        if probability == "no":
            assert probabilities == [None] * 3
        else:
            assert sum(probabilities) == pytest.approx(1, abs=1e-5)
            assert probabilities == sorted(probabilities, reverse=True)


def test_of_many_classes_the_five_likeliest_are_named(tmp_path: Path, out: Path) -> None:
    fit(noise_files(tmp_path / "noise", classes=8, photos=8), out)
    answer = predict(load(out), make_picture())
    assert len(answer.top) == len(dict(answer.top)) == TOP == 5


def test_numbers_too_large_for_libsvm_are_the_users_to_mend() -> None:
    settings = {"kernel": "poly", "degree": "10", "gamma": "100", "reducer": "none"}
    recipe = make_recipe("hog", "svc", settings)
    vectors = np.random.default_rng(0).normal(scale=1e15, size=(40, 900)).astype(np.float32)
    labels = np.arange(40) % 2
    data = TrainingSet(vectors, labels, np.arange(40), ("apple", "pear"), "noise", 1)
    with pytest.raises(NumbersTooLarge, match="smaller gamma, degree, C"):
        train_pipeline(data, recipe, np.arange(40), seed=0)


@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_every_classifier_goes_from_photos_to_answers(
    classifier: str, ready: DatasetFiles, out: Path
) -> None:
    if classifier in ("lightgbm", "catboost"):
        pytest.importorskip(classifier, reason="needs the extra `boosting`")
    recipe = make_recipe("hog", classifier)
    fitted = tasks.fit(ignore, ready, recipe, FitOptions(AMPLE_S, curve=True), DATASET, out)
    assert fitted.card.report.complete
    answer = predict(load(out), make_picture(0, seed=99))
    assert answer.label in fitted.card.classes
    assert sum(p or 0 for _, p in answer.top) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("features", EXTRACTORS)
def test_a_card_holds_every_parameter_that_shapes_the_vectors(features: str) -> None:
    parameters = EXTRACTORS[features]
    recipe = make_recipe(features, settings={p.name: str(p.suggestions[-1]) for p in parameters})
    data = TrainingSet(np.empty((0, 1), np.float32), np.empty(0), np.empty(0), ("a", "b"), "x", 1)
    report = replace(any_card().report, recipe=recipe)
    card = make_card(data, report, Thresholds(0.5, 0.6), datetime.now(UTC))
    assert card.preprocessing == {
        "extractor": make_extractor(recipe).key,
        **{p.name.split("__")[1]: recipe.hyperparameters[p.name] for p in parameters},
    }
    assert len(card.preprocessing) == 1 + len(parameters)
