"""`info` and `samples`: what there is in a dataset."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from tests.core.command_line.run import BAD_INPUT, OK, Core, Run, shape
from tests.factories import make_dataset, make_files, make_image, make_zip


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
