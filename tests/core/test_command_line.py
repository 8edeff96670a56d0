"""`python -m core`, as a shell runs it."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.__main__ import main
from core.models.modelfile import load
from core.models.prediction import SURE_PROBABILITY
from tests.core.learning import ENDLESS, GROCERY, SHARED
from tests.core.photos.test_hostile import ACCEPTED_ZIPS, LEFT_OUT, REFUSED_ZIPS
from tests.factories import make_dataset, make_files, make_image, make_zip, to_bytes

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 60
OK, FAILED, BAD_INPUT, TIME_LIMIT, INTERRUPTED = 0, 1, 2, 3, 130


@dataclass(frozen=True)
class Run:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The printed JSON. Asserts that it was one line and that nothing went wrong."""
        assert (self.code, self.err) == (OK, ""), self
        (line,) = self.out.splitlines()
        return json.loads(line, parse_constant=pytest.fail)

    @property
    def complaint(self) -> str:
        """The one line on stderr."""
        assert self.out == ""
        (line,) = self.err.splitlines()
        return line


Core = Callable[..., Run]


@pytest.fixture(scope="session")
def environment(cache: Path) -> Mapping[str, str]:
    return {**os.environ, "LUKOSHKO_CACHE": str(cache)}


@pytest.fixture(scope="session")
def shell(environment: Mapping[str, str]) -> Core:
    """Each command, exit code and stream once as a shell has them; a process imports everything anew,
    which takes some seconds."""

    def core(*words: object) -> Run:
        done = subprocess.run(
            [sys.executable, "-m", "core", *map(str, words)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            timeout=LIMIT_S,
        )
        return Run(done.returncode, done.stdout, done.stderr)

    return core


@pytest.fixture
def core(
    environment: Mapping[str, str],
    fork_server: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Core:
    """The same in this process, whose fork server is there already."""
    monkeypatch.setenv("LUKOSHKO_CACHE", environment["LUKOSHKO_CACHE"])

    def core(*words: object) -> Run:
        try:
            code = main([str(word) for word in words])
        except SystemExit as end:
            code = int(str(end.code))
        return Run(code, *capsys.readouterr())

    return core


@pytest.fixture(scope="session")
def fruits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_dataset(tmp_path_factory.mktemp("data") / "fruits.zip", classes=3, photos=12)


@pytest.fixture(scope="session")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes that can't be told apart, with enough photos for a first rung that does not end."""
    random = np.random.default_rng(0)
    files = {
        f"{'ab'[n % 2]}/{n}.png": to_bytes(
            Image.fromarray(random.integers(0, 256, (32, 32, 3), dtype=np.uint8)), "PNG"
        )
        for n in range(1000)
    }
    return make_zip(tmp_path_factory.mktemp("noise") / "noise.zip", files)


CLASSICAL = ("--features", "hog", "--classifier", "svc")
NO_END = (*CLASSICAL, *(f"--set={name}={value}" for name, value in ENDLESS.items()))


@pytest.fixture(scope="session")
def model(shell: Core, fruits: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model; on the way it checks what `fit` prints for people."""
    out = tmp_path_factory.mktemp("model") / "model.onnx"
    run = shell("fit", fruits, *CLASSICAL, "--out", out)
    assert (run.code, run.err) == (OK, "")
    assert run.out.startswith("hog+pca+svc, ")
    assert run.out.endswith(f"model: {out}\n")
    return out


def shape(value: object) -> Any:
    """The types in a JSON value: {"a": [1, 2]} → {"a": ["int"]}."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value[:1]]
    return type(value).__name__


# info and samples --------------------------------------------------------------------------------


def test_info_describes_the_dataset_as_the_contract_says(shell: Core, tmp_path: Path) -> None:
    files = {**make_files(2, 3), "apple/copy.jpg": make_files(2, 3)["apple/00.jpg"]}
    files |= {"pear/same.jpg": files["apple/01.jpg"], "apple/notes.txt": b"notes"}
    info = shell("info", make_zip(tmp_path / "x.zip", files), "--json").json
    spread = {"min": "int", "mean": "float", "max": "int"}
    assert shape(info) == {
        "images": "int",
        "classes": {"apple": "int", "pear": "int"},
        "duplicates": {
            "exact": "int",
            "near": "int",
            "by_class": {"apple": "int"},
            "across_classes": [["str"]],
            "widest": [],
        },
        "sizes": {"width": spread, "height": spread},
        "colors": {label: {"mean": ["float"], "std": ["float"]} for label in ("apple", "pear")},
        "skipped": [{"name": "str", "reason": "str", "code": "str"}],
        "seconds": "float",
        "notes": [],
    }
    assert (info["images"], info["classes"]) == (8, {"apple": 4, "pear": 4})
    assert info["duplicates"]["exact"] == 2
    assert info["duplicates"]["across_classes"] == [["apple", "pear", 1]]
    assert [len(color) for color in info["colors"]["apple"].values()] == [3, 3]
    (skipped,) = info["skipped"]
    assert (skipped["name"], skipped["reason"]) == ("apple/notes.txt", "This is not an image.")


def test_a_photo_in_very_many_classes_is_said_in_one_line(core: Core, tmp_path: Path) -> None:
    files = {f"class {number:03}/1.jpg": make_image() for number in range(300)}
    data = make_zip(tmp_path / "x.zip", files)
    assert core("info", data, "--json").json["duplicates"]["widest"] == [["class 000/1.jpg", 300]]
    lines = core("info", data).out.splitlines()
    assert "  class 000/1.jpg is in 300 classes" in lines
    assert len(lines) < 300 + 110


def test_info_says_what_is_doubtful(core: Core, tmp_path: Path) -> None:
    files = {name.replace("pear", "APPLE"): data for name, data in make_files(2, 3).items()}
    data = make_zip(tmp_path / "x.zip", files)
    (note,) = core("info", data, "--json").json["notes"]
    assert (note["code"], note["names"]) == ("classes_alike", ["APPLE", "apple"])
    assert f"note: {note['sentence']}" in core("info", data).out.splitlines()


def test_classes_are_taken_from_where_the_option_says(core: Core, tmp_path: Path) -> None:
    files = {f"train/{name.replace('/', '.')}": data for name, data in make_files(2, 6).items()}
    data = make_zip(tmp_path / "x.zip", files)
    run = core("info", data)
    assert run.code == BAD_INPUT
    assert "--classes names" in run.complaint
    info = core("info", data, "--classes", "names", "--json").json
    assert info["classes"] == {"apple": 6, "pear": 6}
    assert "none of folders, names, table" in core("info", data, "--classes", "no").complaint


def test_a_test_part_is_scored_and_not_trained_on(core: Core, tmp_path: Path) -> None:
    train, test = make_files(2, 12), make_files(2, 4, seed=1)
    files = {f"train/{name}": data for name, data in train.items()}
    files |= {f"test/{name}": data for name, data in test.items()}
    run = core("fit", make_zip(tmp_path / "x.zip", files), "--features", "hog", "--json")
    assert (run.code, "test part" in run.err) == (OK, True)
    report = json.loads(run.out)
    assert report["n_train"] + report["n_test"] <= 24
    # One of the eight is a near duplicate of a photo that was trained on.
    assert (report["test"]["n"], report["classes"]) == (7, ["apple", "pear"])


def test_info_is_a_table_for_people(core: Core, fruits: Path) -> None:
    run = core("info", fruits)
    assert (run.code, run.err) == (OK, "")
    lines = run.out.splitlines()
    assert lines[0].startswith("36 images in 3 classes")
    assert [line.split()[:2] for line in lines[2:5]] == [
        ["apple", "12"],
        ["pear", "12"],
        ["plum", "12"],
    ]


def test_a_folder_is_described_as_its_zip_is(core: Core, tmp_path: Path) -> None:
    for name, content in make_files(2, 3).items():
        path = tmp_path / "folder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    folder = core("info", tmp_path / "folder", "--json").json
    zipped = core("info", make_dataset(tmp_path / "x.zip", 2, 3), "--json").json
    assert {**folder, "seconds": 0} == {**zipped, "seconds": 0}
    (tmp_path / "folder/pear/02.jpg").unlink()
    assert core("info", tmp_path / "folder", "--json").json["images"] == 5


def test_what_was_remembered_and_is_damaged_is_read_again(
    core: Core, environment: Mapping[str, str], tmp_path: Path
) -> None:
    data = make_dataset(tmp_path / "x.zip", 2, 4, seed=77)
    before = set(Path(environment["LUKOSHKO_CACHE"]).rglob("reading.json"))
    first = core("info", data, "--json").json
    (remembered,) = set(Path(environment["LUKOSHKO_CACHE"]).rglob("reading.json")) - before
    assert core("info", data, "--json").json == first
    for damage in ("", "{}", '{"records": [1]}'):
        remembered.write_text(damage)
        assert core("info", data, "--json").json["classes"] == first["classes"]


def test_samples_are_a_picture(shell: Core, fruits: Path, tmp_path: Path) -> None:
    run = shell("samples", fruits, "--out", tmp_path / "sheet.png")
    assert run == Run(OK, f"{tmp_path / 'sheet.png'}\n", "")
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.format == "PNG"


# fit ---------------------------------------------------------------------------------------------


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


# predict and recipes -----------------------------------------------------------------------------


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


# Bad input ---------------------------------------------------------------------------------------


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


# Hostile ZIPs ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def hostile() -> Path:
    if not (SHARED / "hostile").is_dir():
        pytest.skip("needs the hostile samples in ../shared/hostile")
    return SHARED / "hostile" / "zips"


@pytest.mark.parametrize("name", ACCEPTED_ZIPS)
def test_a_hostile_zip_with_honest_images_is_described(
    name: str, core: Core, hostile: Path
) -> None:
    info = core("info", hostile / name, "--json").json
    assert info["classes"] == ACCEPTED_ZIPS[name]
    assert [file["name"] for file in info["skipped"]] == LEFT_OUT.get(name, [])


@pytest.mark.parametrize("name", REFUSED_ZIPS)
def test_a_hostile_zip_is_refused_in_one_line(name: str, core: Core, hostile: Path) -> None:
    _, reason = REFUSED_ZIPS[name]
    run = core("info", hostile / name, "--json")
    assert run.code == BAD_INPUT
    assert reason in run.complaint
