"""`export`."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import onnxruntime

from core.export import web_runtime
from tests.core.command_line.run import BAD_INPUT, Core
from tests.factories import make_dataset


def test_export_writes_one_file_from_pixels_to_answer(core: Core, tmp_path: Path) -> None:
    out = tmp_path / "fruit.onnx"
    done = core("export", "baseline", "--out", out)
    assert (done.code, done.out, done.err) == (0, f"{out}\n", "")
    grey = np.full((60, 80, 3), 128, np.uint8)
    label, probabilities, similarity, known = onnxruntime.InferenceSession(out).run(
        None, {"image": grey}
    )
    assert (label.shape, similarity.shape, known.tolist()) == ((1,), (1,), [False])
    assert probabilities.shape == (34,)


def test_export_writes_a_page_or_says_in_one_line_what_it_needs(core: Core, tmp_path: Path) -> None:
    out = tmp_path / "fruit.html"
    done = core("export", "baseline", "--out", out)
    if web_runtime.is_there():
        assert (done.code, done.out, done.err) == (0, f"{out}\n", "")
        assert out.read_text("utf-8").startswith("<!doctype html>")
    else:
        assert done.code == BAD_INPUT
        assert "make web" in done.complaint
        assert not out.exists()


def test_export_writes_a_folder_and_says_how_its_answers_differ(core: Core, tmp_path: Path) -> None:
    data = make_dataset(tmp_path / "fruits.zip", classes=2, photos=10)
    model, out = tmp_path / "fruits.onnx", tmp_path / "folder.zip"
    assert core("fit", data, "--features", "hog", "--out", model).code == 0
    done = core("export", model, "--data", data, "--out", out)
    assert (done.code, done.err) == (0, "")
    path, difference = done.out.splitlines()
    assert path == str(out)
    assert difference.startswith("its answers differ: of 4 held-out images it names ")
    with zipfile.ZipFile(out) as folder:
        assert json.loads(folder.read("metadata.json"))["labels"] == ["apple", "pear"]


def test_what_cannot_be_exported_is_one_line(core: Core, tmp_path: Path) -> None:
    no_model = tmp_path / "no.onnx"
    no_model.write_bytes(b"no model")
    for arguments, complaint in (
        (("baseline", "--out", tmp_path / "fruit.txt"), "one of .html, .onnx, .zip"),
        (("baseline", "--out", tmp_path / "fruit.zip"), "give --data DATA"),
        ((tmp_path / "none.onnx", "--out", tmp_path / "fruit.onnx"), "check the name"),
        ((no_model, "--out", tmp_path / "fruit.onnx"), "is not a model"),
        ((no_model, "--out", no_model), "is read here"),
    ):
        done = core("export", *arguments)
        assert done.code == BAD_INPUT
        assert complaint in done.complaint, done.complaint
    assert no_model.read_bytes() == b"no model"
