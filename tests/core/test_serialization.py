"""Entities survive JSON exactly."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from core.entities import (
    Certainty,
    Dataset,
    Description,
    Example,
    Job,
    JobKind,
    JobState,
    Model,
    ModelCard,
    ModelKind,
    Parameter,
    Prediction,
    Reading,
    Recipe,
)
from core.serialization import from_json, to_json, to_plain
from tests.cards import make_card
from tests.core.charts.factories import make_description
from tests.core.learning import make_example

MOMENT = datetime(2026, 5, 1, 12, 30, 0, 250, tzinfo=UTC)


@pytest.mark.parametrize(
    ("entity", "kind"),
    [
        (make_example("яблоко"), Example),
        (make_description(["apple", "pear"]), Description),
        (Reading("a", "b", "c", "d", {"apple": 1}, 0, (), (), 0.5), Reading),
        (make_card(), ModelCard),
        (Dataset(1, 2, "berries", 3, {"a": 1}, 0, MOMENT, MOMENT, None), Dataset),
        (Model(1, 2, "first", ModelKind.CUSTOM, "f" * 64, make_card(), MOMENT), Model),
        (Job(1, 2, JobKind.FIT, JobState.FAILED, 3, MOMENT, MOMENT, "task_failed"), Job),
        (
            Prediction("apple", None, (("apple", None), ("груша", 0.5)), Certainty.PROBABLE, 0.1),
            Prediction,
        ),
        (Parameter("c", "float", 1.0, 0.0, 5.0, ("a",), (1, 1.0, True, "a")), Parameter),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_an_entity_comes_back_equal_and_of_the_same_types(entity: object, kind: type[Any]) -> None:
    back = from_json(to_json(entity), kind)

    assert back == entity
    # `==` takes True for 1 and 1.0 for 1; the text does not.
    assert to_json(back) == to_json(entity)


@pytest.mark.parametrize("value", [True, False, 1, 0, 1.0, 0.0, 1e-9, "1", "true", ""])
def test_a_hyperparameter_keeps_its_type(value: bool | int | float | str) -> None:
    recipe = Recipe("hog", "pca", "svc", {"value": value})

    back = from_json(to_json(recipe), Recipe).hyperparameters["value"]

    assert (type(back), back) == (type(value), value)


def test_moments_are_iso_8601_in_utc_and_kinds_are_words() -> None:
    model = to_plain(Model(1, 2, "first", ModelKind.CUSTOM, "f" * 64, make_card(), MOMENT))

    assert model["created_at"] == "2026-05-01T12:30:00.000250+00:00"
    assert model["kind"] == "custom"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "1", "{}", '{"format": 1}', "[" * 100_000], ids=range(8)
)
def test_a_text_that_is_no_such_entity_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_json(text, ModelCard)
