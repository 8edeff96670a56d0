"""What the baseline was taught, and a model that knows more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.features.registry import make_extractor
from core.models.baseline import baseline_model, taught
from core.models.live import fit_live
from core.models.modelfile import LoadedModel, load
from core.models.training import TrainingSet
from core.recipes import make_recipe

CLASSES = baseline_model().card.classes
BASE = taught.taught()


def photos_of(*classes: str, each: int = 5) -> TrainingSet:
    """Vectors unlike all that the baseline was taught, a direction of its own for each class."""
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(len(classes)), each)
    length = np.linalg.norm(BASE.vectors, axis=1).mean()
    centres = random.normal(size=(len(classes), BASE.vectors.shape[1]))
    vectors = centres[labels] + 0.1 * random.normal(size=(len(labels), centres.shape[1]))
    vectors *= length / np.linalg.norm(vectors, axis=1, keepdims=True)
    groups = np.arange(len(labels))
    return TrainingSet(vectors.astype(np.float32), labels, groups, tuple(classes), "more", 1)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    """The baseline, extended by phones."""
    out = tmp_path_factory.mktemp("extended") / "model.onnx"
    origin = baseline_model().card.origin
    fit_live(taught.extended(photos_of("phone")), out, origin)
    return load(out)


def test_the_shipped_vectors_are_those_of_the_default_recipe() -> None:
    extractor = make_extractor(make_recipe())
    assert BASE.extractor == extractor.key
    assert BASE.vectors.shape[1] == extractor.dimension
    assert BASE.vectors.dtype == np.float32
    assert np.isfinite(BASE.vectors).all()


def test_they_are_of_the_baselines_classes_and_each_photo_has_a_copy() -> None:
    assert set(BASE.labels) == set(CLASSES)
    half = len(BASE.labels) // 2
    assert BASE.is_copy.tolist() == [False] * half + [True] * half
    assert BASE.labels[:half] == BASE.labels[half:]
    np.testing.assert_array_equal(BASE.groups[:half], BASE.groups[half:])
    counts = np.unique(BASE.labels[:half], return_counts=True)[1]
    assert counts.max() <= taught.PHOTOS_PER_CLASS


def test_an_extended_set_keeps_its_groups_apart_from_the_shipped_ones() -> None:
    data = taught.extended(photos_of("phone", each=3))
    assert data.classes == tuple(sorted({*CLASSES, "phone"}))
    own = len(BASE.labels)
    assert not set(data.groups[own:]) & set(data.groups[:own])
    assert {data.classes[label] for label in data.labels[own:]} == {"phone"}


def test_a_photo_that_is_added_counts_several_times_and_is_asked_once() -> None:
    more = photos_of("phone", each=3)
    data = taught.extended(more)
    own = len(BASE.labels)
    assert data.is_asked is not None
    assert data.is_asked[own:].tolist() == [True] * 3 + [False] * 3 * (taught.OWN_TIMES - 1)
    np.testing.assert_array_equal(data.vectors[own:], np.tile(more.vectors, (taught.OWN_TIMES, 1)))
    np.testing.assert_array_equal(data.groups[own : own + 3], data.groups[-3:])


def test_many_photos_count_once() -> None:
    data = taught.extended(photos_of("phone", each=400))
    assert len(data.labels) == len(BASE.labels) + 400


def test_a_correction_is_right_about_its_own_photo(tmp_path: Path) -> None:
    """Though the photo is taught as another class already, as is one much like it."""
    row = BASE.labels.index("Kiwi")
    corrected = replace(photos_of("Lemon", each=1), vectors=BASE.vectors[row : row + 1])
    fit_live(taught.extended(corrected), tmp_path / "model.onnx")
    model = load(tmp_path / "model.onnx")
    answers = model.answer(np.concatenate([corrected.vectors, BASE.vectors[~BASE.is_copy]]))
    named = np.array(model.card.classes)[answers.labels]
    assert named[0] == "Lemon"
    assert np.mean(named[1:] == np.array(BASE.labels)[: len(named) - 1]) > 0.95


def test_photos_of_a_class_of_the_baselines_go_into_it() -> None:
    data = taught.extended(photos_of("Kiwi", each=2))
    assert data.classes == tuple(sorted(CLASSES))
    assert {data.classes[label] for label in data.labels[len(BASE.labels) :]} == {"Kiwi"}


def test_it_answers_the_baselines_classes_and_the_new_one(model: LoadedModel) -> None:
    assert set(model.card.classes) == {*CLASSES, "phone"}
    asked = BASE.vectors[~BASE.is_copy]
    named = np.array(model.card.classes)[model.answer(asked).labels]
    assert (named == np.array(BASE.labels)[: len(asked)]).mean() > 0.95
    phones = model.answer(photos_of("phone").vectors)
    assert {model.card.classes[label] for label in phones.labels} == {"phone"}


def test_its_card_says_whose_photos_it_learned_from(model: LoadedModel) -> None:
    assert model.card.origin == baseline_model().card.origin
    assert model.card.report.n_test == 0, "no score is claimed"


def test_a_single_photo_of_a_new_class_costs_the_others_nothing(tmp_path: Path) -> None:
    data = taught.extended(photos_of("phone", each=1))
    fitted = fit_live(data, tmp_path / "model.onnx")
    assert fitted.card.report.recipe == make_recipe()
    model = load(Path(fitted.path))
    answers = model.answer(np.concatenate([photos_of("phone", each=1).vectors, BASE.vectors]))
    named = [model.card.classes[label] for label in answers.labels]
    assert named[0] == "phone"
    assert np.mean(np.array(named[1:]) == np.array(BASE.labels)) > 0.95
    assert answers.scores.max(1).mean() > 0.8


def like(rows: np.ndarray, name: str = "kind") -> TrainingSet:
    """A class of photos that are nearly the baseline's in these rows."""
    random = np.random.default_rng(0)
    vectors = BASE.vectors[rows]
    vectors = vectors + 0.1 * vectors.std() * random.normal(size=vectors.shape)
    n = len(rows)
    labels, groups = np.zeros(n, np.intp), np.arange(n)
    return TrainingSet(vectors.astype(np.float32), labels, groups, (name,), "more", 1)


def rows_of(name: str) -> np.ndarray:
    """The baseline's photos of a class, without copies."""
    return np.flatnonzero((np.array(BASE.labels) == name) & ~BASE.is_copy)


def taken_over(more: TrainingSet) -> np.ndarray:
    """Which of the baseline's vectors the new class takes over."""
    data = taught.extended(more)
    n = len(BASE.labels)
    names = np.array(data.classes)[data.labels[:n]]
    assert data.is_asked is not None
    assert not data.is_asked[:n][names != np.array(BASE.labels)].any()
    return np.flatnonzero(names != np.array(BASE.labels))


def test_a_kind_of_a_class_takes_over_the_photos_that_are_like_its_own() -> None:
    apples = rows_of("Apple")
    directions = BASE.vectors[apples] / np.linalg.norm(BASE.vectors[apples], axis=1, keepdims=True)
    alike = apples[np.argsort(-directions @ directions[0])]
    taken, half = taken_over(like(alike[:4])), len(BASE.labels) // 2
    photos = taken[taken < half]
    assert 3 <= len(photos) <= taught.KIND_SHARE * len(apples)
    assert {*photos} <= {*alike[: len(apples) // 2]}
    assert [*(photos + half)] == [*taken[taken >= half]]


def test_what_is_no_kind_takes_over_nothing() -> None:
    unlike = photos_of("phone", each=4)
    of_many_classes = like(np.concatenate([rows_of(name)[:1] for name in CLASSES[:6]]))
    single = like(rows_of("Apple")[:1])
    known = like(rows_of("Apple")[:4], "Apple")
    for more in (unlike, of_many_classes, single, known):
        assert not len(taken_over(more))


def test_of_two_kinds_the_nearer_one_takes_a_photo_whatever_their_names() -> None:
    apples = rows_of("Apple")
    units = BASE.vectors[apples] / np.linalg.norm(BASE.vectors[apples], axis=1, keepdims=True)
    alike = apples[np.argsort(-units @ units[0])]
    one, other = like(alike[:4]), like(alike[4:8])
    for names in (("a", "b"), ("b", "a")):
        both = replace(
            one,
            vectors=np.concatenate([one.vectors, other.vectors]),
            labels=np.repeat([names.index("a"), names.index("b")], 4),
            groups=np.arange(8),
            classes=("a", "b"),
        )
        data = taught.extended(both)
        taken = np.array(data.classes)[data.labels[: len(BASE.labels) // 2]]
        assert min((taken == "a").sum(), (taken == "b").sum()) > 0


def test_negatives_alone_leave_the_baselines_classes_as_they_are() -> None:
    none = TrainingSet(BASE.vectors[:0], np.zeros(0, np.intp), np.zeros(0, np.intp), (), "none", 1)
    data = taught.extended(none)
    assert data.classes == tuple(sorted(set(CLASSES)))
    assert [data.classes[label] for label in data.labels] == [*BASE.labels]
