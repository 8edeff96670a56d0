"""One file from pixels to the answer: what it takes and gives, and that it answers as the bot does."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import onnx
import onnxruntime
import pytest
from onnx import version_converter

from core import backbones
from core.entities import ModelCard, Recipe
from core.errors import ModelUnreadable, NotExportable
from core.export.opsets import opset_of
from core.export.pixels_to_answer import pixels_to_answer
from core.features import registry
from core.features.networks import operators
from core.models import modelfile
from core.models.baseline import FILE as BASELINE_FILE
from core.recipes import make_recipe
from core.registry import CLASSIFIERS, parameters_of
from core.sealed import Stored, seal
from core.serialization import from_json
from tests.core.export.models import (
    LABELS,
    SIZES,
    Exported,
    Ours,
    assert_agree,
    export,
    photo,
    train,
)
from tests.core.features.networks import write_small_resnet

# Pixels are the same; a network's numbers are added up in another order.
TOLERANCE = 2e-4
FEATURES = ("lite2", "fast", "best", "lite0")


@pytest.fixture(scope="module")
def fast(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the quickest network."""
    return train(make_recipe("fast"), tmp_path_factory.mktemp("fast") / "model.onnx")


def with_two(one: str, other: str, classifier: str = "lda") -> Recipe:
    """A recipe of two extractors side by side."""
    parameters = [*parameters_of(one, classifier), *parameters_of(other, classifier)]
    values = {parameter.name: parameter.default for parameter in parameters}
    return Recipe(f"{one}+{other}", "none", classifier, values)


def test_the_file_is_as_the_contract_says(fast: Path) -> None:
    model = export(fast)
    onnx.checker.check_model(model)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    (image,) = session.get_inputs()
    assert (image.name, image.type, image.shape) == (
        "image",
        "tensor(uint8)",
        ["height", "width", 3],
    )
    assert [(output.name, output.type, output.shape) for output in session.get_outputs()] == [
        ("label", "tensor(string)", [1]),
        ("probabilities", "tensor(float)", [len(LABELS)]),
        ("similarity", "tensor(float)", [1]),
        ("known", "tensor(bool)", [1]),
    ]
    metadata = session.get_modelmeta().custom_metadata_map
    assert json.loads(metadata["classes"]) == list(LABELS)
    assert from_json(metadata["card"], ModelCard) == modelfile.load(fast).card


def test_it_needs_onnx_runtimes_own_operators_alone(fast: Path) -> None:
    assert {entry.domain for entry in export(fast).opset_import} <= {"", "ai.onnx.ml"}


@pytest.mark.parametrize("features", FEATURES)
def test_it_answers_as_the_bot_does(features: str, tmp_path: Path) -> None:
    model = train(make_recipe(features), tmp_path / "model.onnx")
    ours, theirs = Ours(model), Exported(model)
    for seed, size in enumerate(SIZES):
        asked = photo(size, seed)
        assert_agree(ours.answer(asked), theirs.answer(asked), TOLERANCE)


@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_every_classifier_can_be_taken_away(classifier: str, tmp_path: Path) -> None:
    model = train(make_recipe("fast", classifier), tmp_path / "model.onnx")
    ours, theirs = Ours(model), Exported(model)
    for seed in range(3):
        asked = photo((320, 240), seed)
        assert_agree(ours.answer(asked), theirs.answer(asked), TOLERANCE)


def test_a_model_without_probabilities_gives_its_scores(tmp_path: Path) -> None:
    recipe = make_recipe("fast", "svc", {"probability": "no"})
    model = train(recipe, tmp_path / "model.onnx")
    asked = photo((320, 240))
    assert_agree(Ours(model).answer(asked), Exported(model).answer(asked), TOLERANCE)


@pytest.mark.parametrize("settings", [{"views": "3", "depthwise": "yes"}, {"focus": "0"}], ids=str)
def test_a_networks_settings_are_in_the_file(settings: dict[str, str], tmp_path: Path) -> None:
    model = train(make_recipe("fast", None, settings), tmp_path / "model.onnx")
    ours, theirs = Ours(model), Exported(model)
    for seed, size in enumerate(SIZES):
        asked = photo(size, seed)
        assert_agree(ours.answer(asked), theirs.answer(asked), TOLERANCE)


def test_two_networks_side_by_side_are_in_one_file(tmp_path: Path) -> None:
    model = train(with_two("fast", "lite0"), tmp_path / "model.onnx")
    asked = photo((464, 348))
    assert_agree(Ours(model).answer(asked), Exported(model).answer(asked), TOLERANCE)


@pytest.mark.parametrize("threshold", [-1.0, 1.0])
def test_known_says_which_side_of_the_threshold_a_photo_is_on(
    threshold: float, tmp_path: Path
) -> None:
    model = train(make_recipe("fast"), tmp_path / "model.onnx", threshold)
    assert Exported(model).answer(photo((96, 96))).known == (threshold < 0)


def test_the_baseline_can_be_taken_away() -> None:
    asked = photo((348, 348))
    assert_agree(
        Ours(BASELINE_FILE).answer(asked), Exported(BASELINE_FILE).answer(asked), TOLERANCE
    )


def test_small_networks_stay_small(fast: Path) -> None:
    assert export(fast).ByteSize() < 7_000_000


def test_a_sealed_model_is_exported_too(fast: Path, tmp_path: Path) -> None:
    key = bytes(range(32))
    sealed = tmp_path / "sealed.onnx"
    sealed.write_bytes(seal(fast.read_bytes(), key, sealed.name))
    assert pixels_to_answer(Stored(sealed, key)) == export(fast)


# An operator's own network -----------------------------------------------------------------------


@pytest.mark.parametrize("opset", [13, 17, 21])
@pytest.mark.parametrize("output", ["pooled", "map"])
@pytest.mark.parametrize("crops", [(), (0.6,)], ids=["whole", "crop"])
def test_an_operators_network_is_in_the_file(
    opset: int,
    output: str,
    crops: tuple[float, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = write_small_resnet(tmp_path / "small.onnx")
    model = onnx.load(network)
    if opset > opset_of(model):
        model = version_converter.convert_version(model, opset)
    model.opset_import[0].version = opset
    onnx.save(model, network)
    _assert_agrees_with(network, tmp_path, monkeypatch, {"output": output, "crops": crops})


def test_a_network_that_takes_no_batch_sees_one_view_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = write_small_resnet(tmp_path / "small.onnx")
    model = onnx.load(network)
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = 1
    onnx.save(model, network)
    _assert_agrees_with(network, tmp_path, monkeypatch, {"output": "map", "crops": (0.5, 0.8)})


def _assert_agrees_with(
    network: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, described: dict[str, object]
) -> None:
    description = {"size": 64, "mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}
    network.with_name(f"{network.name}.json").write_text(json.dumps(description | described))
    monkeypatch.setitem(backbones.BACKBONES, "small", network)
    monkeypatch.setitem(registry._EXTRACTORS, "small", partial(operators, "small"))
    model = train(
        Recipe("small", "none", "lda", {"lda__shrinkage": 0.3, "probability": True}),
        folder / "model.onnx",
    )
    asked = photo((120, 90))
    assert_agree(Ours(model).answer(asked), Exported(model).answer(asked), TOLERANCE)


# What can't be exported --------------------------------------------------------------------------


def test_features_that_onnx_cannot_compute_are_refused(tmp_path: Path) -> None:
    model = train(make_recipe("sift", "lda"), tmp_path / "model.onnx")
    with pytest.raises(NotExportable, match="features sift can't be put into one file"):
        export(model)


def test_a_tampered_model_is_refused(fast: Path, tmp_path: Path) -> None:
    tampered = tmp_path / "tampered.onnx"
    model = onnx.load(fast)
    del model.metadata_props[:]
    onnx.save(model, tampered)
    with pytest.raises(ModelUnreadable):
        export(tampered)
    tampered.write_bytes(b"no model")
    with pytest.raises(ModelUnreadable):
        export(tampered)


def test_the_exported_file_is_no_model_file(fast: Path, tmp_path: Path) -> None:
    taken = tmp_path / "taken.onnx"
    onnx.save(export(fast), taken)
    with pytest.raises(ModelUnreadable):
        modelfile.load(taken)
