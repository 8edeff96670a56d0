"""Bad input and failures: an exit code and one line."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.core.command_line.run import BAD_INPUT, CLASSICAL, FAILED, LIMIT_S, OK, ROOT, Core, Run
from tests.factories import make_dataset, make_zip


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("info none.zip", "There is no file or folder none.zip: check the name."),
        ("fit DATA --set leaves=1", "There is no parameter leaves here; there are: blend__gamma"),
        ("fit DATA --set C=-1", "C can't be -1: allowed is 0.001…1000."),
        ("fit DATA --set C", "argument --set: 'C' is not KEY=VALUE, as in svc__C=10"),
        ("fit DATA --features smell", "There are no features named smell; there are: hog"),
        ("fit DATA --classifier gardener", "There is no classifier named gardener; there are: svc"),
        ("fit DATA --set pixels_per_cell=32 --set cells_per_block=4", "hog__pixels_per_cell can't be 32: allowed is ≤ 16."),
        ("fit DATA --budget 0", "argument --budget: '0' is not a number of seconds up to 86400"),
        ("fit DATA --budget nan", "argument --budget: 'nan' is not a number of seconds"),
        ("fit DATA --seed x", "argument --seed: invalid int value: 'x'"),
        ("fit DATA --out none/m.onnx", "There is no file or folder none: check the name."),
        ("fit DATA --test none.zip", "There is no file or folder none.zip: check the name."),
        ("samples DATA", "the following arguments are required: --out"),
        ("samples DATA --out none/s.png", "There is no file or folder none: check the name."),
        ("predict DATA DATA", "fruits.zip is not a model that `fit` wrote"),
        ("predict none.onnx DATA", "There is no file or folder none.onnx: check the name."),
        ("predict MODEL none.jpg", "There is no file or folder none.jpg: check the name."),
        ("grow DATA", "argument COMMAND: invalid choice: 'grow'"),
        ("", "the following arguments are required: COMMAND"),
    ],
    ids=lambda value: value,
)  # fmt: skip
def test_bad_input_is_exit_code_2_and_one_line(
    words: str, complaint: str, core: Core, fruits: Path, model: Path
) -> None:
    given = words.replace("DATA", str(fruits)).replace("MODEL", str(model))
    run = core(*given.split())
    assert run.code == BAD_INPUT
    assert run.complaint.startswith(complaint)


def test_three_photos_of_each_class_are_enough_and_their_score_a_guess(
    core: Core, tmp_path: Path
) -> None:
    small = make_dataset(tmp_path / "small.zip", 2, 3)
    report = core("fit", small, *CLASSICAL, "--json").json
    assert (report["n_train"], report["n_test"], report["folds"]) == (6, 6, 3)
    assert report["too_few"] == ["apple", "pear"]
    told = core("fit", small, *CLASSICAL).out
    assert "6 images to train, each held out once" in told
    assert "by cross-validation in 3 folds" in told
    assert "a rough guess: there are too few images of apple, pear" in told


def test_too_little_to_learn_from_is_bad_input(shell: Core, tmp_path: Path) -> None:
    run = shell("fit", make_dataset(tmp_path / "small.zip", 2, 2), *CLASSICAL, "--json")
    assert run.code == BAD_INPUT
    assert run.complaint.endswith("Each class needs at least 3.")


@pytest.mark.parametrize("command", ["fit", "samples"])
@pytest.mark.parametrize(
    ("out", "complaint"),
    [
        ("folder", "folder is a folder or a device: give --out the name of a file."),
        ("folder/", "folder is a folder or a device: give --out the name of a file."),
        ("with_card", "with_card.json is a folder or a device: give --out the name of a file."),
        (os.devnull, f"{os.devnull} is a folder or a device: give --out the name of a file."),
        ("", ". is a folder or a device: give --out the name of a file."),
        ("data.zip", "data.zip is read here, so it can't be written: give --out another name."),
        ("link.zip", "link.zip is read here, so it can't be written: give --out another name."),
        ("data.zip/m.onnx", "data.zip/m.onnx can't be written (Not a directory): give --out another"),
        (f"{'long' * 70}.onnx", "can't be written (File name too long): give --out another name"),
    ],
)  # fmt: skip
def test_an_output_that_cannot_be_written_is_refused_before_the_work(
    command: str,
    out: str,
    complaint: str,
    core: Core,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    make_zip(tmp_path / "data.zip", {"a/1.jpg": b"never read"})
    (tmp_path / "link.zip").symlink_to("data.zip")
    for folder in ("folder", "with_card.json"):
        (tmp_path / folder).mkdir()
    before = {path: path.lstat() for path in tmp_path.rglob("*")}
    run = core(command, "data.zip", "--out", out)
    assert run.code == BAD_INPUT
    assert complaint in run.complaint
    assert {path: path.lstat() for path in tmp_path.rglob("*")} == before


def test_a_read_only_folder_is_refused_before_the_work(
    core: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**where: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    run = core("samples", make_zip(tmp_path / "x.zip", {}), "--out", tmp_path / "s.png")
    assert run.code == BAD_INPUT
    assert "s.png can't be written (Permission denied): give --out another" in run.complaint


def test_an_output_needs_no_suffix(core: Core, fruits: Path, tmp_path: Path) -> None:
    assert core("fit", fruits, *CLASSICAL, "--out", tmp_path / "model").code == OK
    assert core("samples", fruits, "--out", tmp_path / "sheet").code == OK
    assert {path.name for path in tmp_path.iterdir()} == {"model", "model.json", "sheet"}


def test_what_fails_for_another_reason_is_exit_code_1_and_one_line(
    core: Core, fruits: Path, environment: Mapping[str, str]
) -> None:
    Path(environment["LUKOSHKO_CACHE"], "plain").touch()
    done = subprocess.run(
        [sys.executable, "-m", "core", "info", str(fruits)],
        cwd=ROOT,
        env={**environment, "LUKOSHKO_CACHE": str(Path(environment["LUKOSHKO_CACHE"], "plain"))},
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT_S,
    )
    run = Run(done.returncode, done.stdout, done.stderr)
    assert run.code == FAILED
    assert "plain" in run.complaint
