"""`fit`: what it reports, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from core.models.modelfile import load
from tests.core.command_line.run import (
    BAD_INPUT,
    CLASSICAL,
    INTERRUPTED,
    LIMIT_S,
    NO_END,
    OK,
    ROOT,
    TIME_LIMIT,
    Core,
    shape,
)
from tests.factories import make_dataset, make_files, make_image, make_zip


def test_fit_reports_as_the_contract_says(shell: Core, fruits: Path, tmp_path: Path) -> None:
    out, test = tmp_path / "model.onnx", make_dataset(tmp_path / "test.zip", 3, 4, seed=9)
    options = (*CLASSICAL, "--set", "C=1", "--set", "probability=no", "--budget", 30, "--seed", 3)
    report = shell("fit", fruits, *options, "--curve", "--test", test, "--out", out, "--json").json
    contract = {
        "recipe": "str",
        "hyperparameters": {
            **dict.fromkeys(("svc__C", "pca__n_components"), "float"),
            **dict.fromkeys(("svc__kernel", "svc__gamma"), "str"),
            **dict.fromkeys(("svc__degree", "hog__orientations", "hog__size"), "int"),
            **dict.fromkeys(("hog__pixels_per_cell", "hog__cells_per_block"), "int"),
            "probability": "bool",
        },
        "classes": ["str"],
        "n_train": "int",
        "n_test": "int",
        "accuracy": "float",
        "f1_macro": "float",
        "seconds": dict.fromkeys(("read", "features", "fit", "evaluate"), "float"),
        "budget_s": "float",
        "complete": "bool",
        "rungs": [{"n": "int", "seconds": "float", "accuracy": "float", "f1_macro": "float"}],
        "curve": {"train_sizes": ["int"], "train_scores": [["float"]], "test_scores": [["float"]]},
        "test": {
            **dict.fromkeys(("n", "left_out", "classes"), "int"),
            **dict.fromkeys(("accuracy", "f1_macro"), "float"),
        },
        "model": "str",
    }
    assert shape({key: report[key] for key in contract}) == contract
    assert report["recipe"] == "hog+pca+svc"
    assert report["hyperparameters"]["svc__C"] == 1
    assert report["classes"] == ["apple", "pear", "plum"]
    assert report["n_train"] + report["n_test"] == 36
    assert report["budget_s"] == 30
    assert report["complete"] is True
    assert np.shape(report["curve"]["test_scores"]) == (3, 3)
    assert report["test"]["n"] == 12
    assert report["model"] == str(out)
    assert load(out).card.report.accuracy == report["accuracy"]
    assert {path.name for path in tmp_path.iterdir()} == {
        "model.onnx",
        "model.onnx.json",
        "test.zip",
    }


def test_a_test_set_that_lacks_a_class_is_scored_over_those_it_has(
    core: Core, fruits: Path, tmp_path: Path
) -> None:
    absent = {n: data for n, data in make_files(3, 4, seed=9).items() if not n.startswith("plum")}
    test = make_zip(tmp_path / "test.zip", absent)
    run = core("fit", fruits, *CLASSICAL, "--test", test)
    assert (run.code, run.err) == (OK, "")
    (line,) = (line for line in run.out.splitlines() if "test images" in line)
    assert line == "accuracy 1.000, macro F1 1.000 on 8 test images of 2 of the 3 classes"


def test_a_test_set_of_other_classes_is_refused_before_the_fit(
    core: Core, fruits: Path, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    test = make_zip(tmp_path / "test.zip", {"gnu/1.jpg": make_image()})
    run = core("fit", fruits, *CLASSICAL, "--test", test, "--out", tmp_path / "out/m.onnx")
    assert run.code == BAD_INPUT
    assert run.complaint == "None of the test photos belongs to a class of the model."
    assert list((tmp_path / "out").iterdir()) == []


def test_photos_that_lie_in_two_classes_are_named_where_they_leave_too_few(
    core: Core, tmp_path: Path
) -> None:
    files = make_files(2, 6)
    best = {f"best/{n.replace('/', '-')}": data for n, data in files.items()}
    run = core("fit", make_zip(tmp_path / "albums.zip", files | best), *CLASSICAL)
    assert run.code == BAD_INPUT
    assert "best shares 12 of its 12 photos with" in run.complaint


def test_what_was_not_asked_for_is_null(core: Core, fruits: Path) -> None:
    report = core("fit", fruits, *CLASSICAL, "--json").json
    assert (report["curve"], report["test"], report["model"]) == (None, None, None)


def test_a_fit_that_cannot_end_is_exit_code_3_and_leaves_no_model(
    core: Core, noise: Path, tmp_path: Path
) -> None:
    run = core("fit", noise, *NO_END, "--budget", 0.5, "--out", tmp_path / "m.onnx", "--json")
    assert run.code == TIME_LIMIT
    assert run.complaint.startswith(
        "Not even the first step of the training ended within 0.5 s. Try fewer photos"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal to play")
def test_ctrl_c_ends_a_fit_and_its_workers(
    environment: Mapping[str, str], noise: Path, tmp_path: Path
) -> None:
    ours, terminal = os.openpty()
    words = ("fit", noise, *NO_END, "--budget", LIMIT_S, "--out", tmp_path / "m.onnx")
    with subprocess.Popen(
        [sys.executable, "-m", "core", *map(str, words)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=terminal,
        start_new_session=True,
    ) as process:
        os.close(terminal)
        shown = b""
        while b"fit " not in shown:  # the progress bar
            shown += os.read(ours, 1024)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does, to all that runs in it
        # The end of the pipe comes when the last process that holds it, workers too, is dead.
        out, _ = process.communicate(timeout=LIMIT_S / 2)
    while chunk := _read(ours):
        shown += chunk
    os.close(ours)
    assert (process.returncode, out) == (INTERRUPTED, b"")
    assert b"Traceback" not in shown
    assert list(tmp_path.iterdir()) == []


def _read(terminal: int) -> bytes:
    """Linux reports the end of a terminal as an error."""
    try:
        return os.read(terminal, 1024)
    except OSError:
        return b""
