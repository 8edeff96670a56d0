"""`predict` and `recipes`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.models.prediction import SURE_PROBABILITY
from tests.core.command_line.run import BAD_INPUT, OK, Core, shape
from tests.core.learning import GROCERY
from tests.factories import make_image


def test_predict_answers_each_image_as_the_contract_says(
    shell: Core, model: Path, tmp_path: Path
) -> None:
    images = [tmp_path / f"{kind}.jpg" for kind in range(3)]
    for kind, image in enumerate(images):
        image.write_bytes(make_image(kind, seed=99_000))
    answers = shell("predict", model, *images, "--json").json
    assert shape(answers) == [
        {
            "image": "str",
            "label": "str",
            "probability": "float",
            "top": [["str"]],
            "answer": "str",
            "seconds": "float",
            "known": "bool",
        }
    ]
    assert [answer["image"] for answer in answers] == [str(image) for image in images]
    for answer in answers:
        assert answer["top"][0] == [answer["label"], answer["probability"]]
        assert answer["known"] == (answer["answer"] != "unknown")
        assert (answer["answer"] == "probable") <= (answer["probability"] < SURE_PROBABILITY)
        assert sum(p for _, p in answer["top"]) == pytest.approx(1, abs=1e-5)


def test_the_baseline_answers_by_its_name(core: Core) -> None:
    if not GROCERY.is_dir():
        pytest.skip("needs the Grocery Store photos in ../shared/data/grocery")
    kiwi = GROCERY / "val/Fruit/Kiwi/Kiwi_001.jpg"
    (answer,) = core("predict", "baseline", kiwi, "--json").json
    assert (answer["label"], answer["answer"], answer["known"]) == ("Kiwi", "sure", True)
    assert core("predict", "baseline", kiwi).out.startswith(f"{kiwi}: Kiwi ")


def test_what_a_model_was_never_taught_is_something_else(core: Core, tmp_path: Path) -> None:
    (tmp_path / "drawn.jpg").write_bytes(make_image())
    answers = core("predict", "baseline", tmp_path / "drawn.jpg", "--json").json
    assert [(answer["answer"], answer["known"]) for answer in answers] == [("unknown", False)]
    told = core("predict", "baseline", tmp_path / "drawn.jpg").out
    assert told.startswith(f"{tmp_path / 'drawn.jpg'}: something else; the nearest: ")


def test_an_image_that_cannot_be_read_costs_its_own_answer_and_the_exit_code(
    core: Core, model: Path, tmp_path: Path
) -> None:
    (tmp_path / "good.jpg").write_bytes(make_image())
    (tmp_path / "bad.jpg").write_bytes(b"bad")
    run = core("predict", model, tmp_path / "bad.jpg", tmp_path / "good.jpg", "--json")
    assert run.code == BAD_INPUT
    assert [answer["image"] for answer in json.loads(run.out)] == [str(tmp_path / "good.jpg")]
    assert run.err.startswith(f"{tmp_path / 'bad.jpg'}: This picture can't be read")
    assert len(run.err.splitlines()) == 1


def test_recipes_tell_defaults_and_ranges(shell: Core) -> None:
    recipes = shell("recipes", "--json").json
    assert recipes["features"]["hog"]["hog__orientations"] == {
        "kind": "int",
        "default": 3,
        "min": 1,
        "max": 18,
    }
    assert recipes["classifiers"]["svc"]["svc__kernel"]["choices"] == [
        "linear",
        "poly",
        "rbf",
        "sigmoid",
    ]
    assert set(recipes["common"]) == {"reducer", "pca__n_components", "probability"}
    assert recipes["default"] == {"features": "lite2", "reducer": "none", "classifier": "blend"}
    for_people = shell("recipes")
    assert (for_people.code, for_people.err) == (OK, "")
    lines = for_people.out.splitlines()
    assert lines[0] == "By default: --features lite2 --classifier blend --set reducer=none"
    assert "  svc__C = 10.0   (0.001…1000)" in lines
