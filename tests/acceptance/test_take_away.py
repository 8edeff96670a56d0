"""A model is taken away, and answers with ONNX Runtime, numpy and Pillow alone."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import onnxruntime
from PIL import ExifTags, Image

from core.export import web_runtime
from tests.acceptance import baskets
from tests.acceptance.lessons import PLUM, taught, teach
from tests.acceptance.people import Person
from tests.acceptance.steps import model_number, train, upload

LIMIT_S = 60
ON_ITS_SIDE = 6


def code_of(caption: str) -> str:
    """The program in a caption."""
    return caption[caption.index("import json") :]


def run(code: str, folder: Path) -> str:
    """What the program prints, in a process that knows nothing of this project."""
    surroundings = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=True,
    )
    return done.stdout


def test_the_baseline_is_taken_away_and_runs_by_the_lines_of_its_caption(
    anna: Person, tmp_path: Path
) -> None:
    card = anna.ask("/model", "The baseline model")
    anna.press(card, "Take away")
    anna.press(anna.hears("How would you like to take"), "ONNX, from photo to answer")
    file = anna.sees(lambda message: message.file_name == "baseline.onnx")
    code = code_of(file.text)
    assert len(code.splitlines()) == 7
    content = anna.fetch(file)
    (tmp_path / "baseline.onnx").write_bytes(content)
    (tmp_path / "photo.jpg").write_bytes(on_its_side(baskets.a_kiwi()))
    printed = run(code, tmp_path)
    assert re.match(r"Kiwi True \(0\.\d+, 'Kiwi'\) \(0\.\d+, '\w+'\) ", printed)
    metadata = onnxruntime.InferenceSession(content).get_modelmeta().custom_metadata_map
    assert "Kiwi" in json.loads(metadata["classes"])
    assert json.loads(metadata["card"])["origin"]["licence"] == "MIT"


def test_the_baseline_is_taken_away_as_a_page_in_both_languages(anna: Person) -> None:
    card = anna.ask("/model", "The baseline model")
    anna.press(card, "Take away")
    anna.press(anna.hears("How would you like to take"), "Page that works offline")
    if not web_runtime.is_there():
        anna.hears("I can't make pages on this server yet")
        return
    file = anna.sees(lambda message: message.file_name == "baseline.html")
    assert "It needs no internet" in file.text
    page = anna.fetch(file).decode()
    assert "<title>Fruit and vegetables</title>" in page
    assert '"ru": "Фрукты и овощи"' in page
    assert '"Apple": "Яблоко"' in page


def test_a_model_is_taken_away_as_a_folder_that_says_how_it_differs(anna: Person) -> None:
    upload(anna, baskets.drawn(classes=2, photos=30))
    number = model_number(train(anna, "/fit mine features=hog"))
    anna.press(anna.ask(f"/model {number}", "Your own model"), "Take away")
    anna.press(anna.hears("How would you like to take"), "Folder for Teachable Machine")
    file = anna.sees(lambda message: message.file_name == "mine.zip")
    anna.hears("“mine” is packed as a folder for Teachable Machine")
    with zipfile.ZipFile(io.BytesIO(anna.fetch(file))) as folder:
        metadata = json.loads(folder.read("metadata.json"))
    assert (metadata["modelName"], len(metadata["labels"])) == ("mine", 2)
    held_out = metadata["userMetadata"]["heldOut"]
    unseen, right = held_out["n"], round(held_out["accuracy"] * held_out["n"])
    assert (
        f"It may answer otherwise than I do. Photos that neither of us had seen: {unseen}."
        in file.text
    )
    # Few photos are counted: a share of twelve says more than is known.
    assert f"It is right on {right} of {unseen}, I on " in file.text


def test_the_baseline_has_no_folder_as_its_photos_are_not_here(anna: Person) -> None:
    anna.press(anna.ask("/model", "The baseline model"), "Take away")
    asked = anna.hears("How would you like to take")
    assert len(asked.buttons) == 3
    assert "Teachable Machine" not in asked.text + " ".join(asked.buttons)


def test_a_class_of_a_single_photo_is_said_before_anything_is_begun(anna: Person) -> None:
    taught(anna)
    teach(anna, "plum", PLUM, 0)
    anna.hears("plum ▮")
    anna.press(anna.ask("/model", "Your own model"), "Take away")
    asked = anna.hears("How would you like to take")
    popup = anna.press(asked, "Folder for Teachable Machine")
    assert "Too few different photos to train: plum" in popup.text
    assert not any("Comparing" in message.text for message in anna.heard())


def on_its_side(photo: bytes) -> bytes:
    """The photo as a phone that was held upright keeps it: turned, with a note that says so."""
    image = Image.open(io.BytesIO(photo)).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = ON_ITS_SIDE
    turned = io.BytesIO()
    image.save(turned, "JPEG", quality=95, exif=exif)
    return turned.getvalue()
