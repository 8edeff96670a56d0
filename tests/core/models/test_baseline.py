"""The baseline: the shipped file, and the command that makes it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import skimage
from PIL import Image

from core import entities
from core.entities import Certainty, ModelCard, ModelKind
from core.features.registry import make_extractor
from core.models import modelfile
from core.models.baseline import FILE, baseline_model
from core.models.baseline.__main__ import main
from core.models.baseline.build import RECIPE
from core.models.baseline.measure import MAX_PACKAGES_SURE, Measurement
from core.models.baseline.taught import FILE as TAUGHT
from core.models.prediction import certainty
from core.photos.images import decode
from core.serialization import from_json, to_plain
from tests.core.learning import GROCERY
from tests.factories import make_image

PICTURES = Path(skimage.__file__).parent / "data"
ROOT = Path(__file__).resolve().parents[3]
KINDS = ("Fruit/Apple", "Fruit/Passion-Fruit", "Vegetables/Leek", "Packages/Juice")
PHOTOS = {"train": 10, "val": 3}

Run = Callable[..., str]


# The shipped file --------------------------------------------------------------------------------


def test_the_card_belongs_to_the_shipped_file() -> None:
    model = baseline_model()
    loaded = modelfile.load(FILE)
    assert loaded.card == model.card
    dimension = make_extractor(model.card.recipe).dimension
    answers = loaded.answer(np.zeros((3, dimension), np.float32))
    assert answers.scores.shape == (3, len(model.card.classes))


def test_it_is_nobodys_and_of_the_recipe_that_its_build_names() -> None:
    model = baseline_model()
    assert (model.id, model.owner_id, model.name) == (0, 0, "baseline")
    assert model.kind is ModelKind.BASELINE
    assert model.card.recipe == RECIPE


def test_its_card_says_whose_photos_taught_it() -> None:
    origin = baseline_model().card.origin
    assert origin is not None
    assert origin.licence == "MIT"
    assert "Klasson" in origin.citation
    assert "2019" in origin.citation


def test_every_photo_was_judged_once_by_a_model_that_had_not_seen_it() -> None:
    report = baseline_model().card.report
    assert report.folds == 5
    assert np.sum(report.confusion) == report.n_test == report.n_train
    right = sum(row[i] for i, row in enumerate(report.confusion))
    assert right / report.n_test == pytest.approx(report.accuracy)
    assert report.calibration_error is not None


def test_the_packages_that_nobody_taught_it_are_never_surely_something_taught() -> None:
    if not GROCERY.is_dir():
        pytest.skip("needs the Grocery Store photos in ../shared/data/grocery")
    photos = sorted((GROCERY / "val/Packages").rglob("*.jpg"))
    said = said_of([decode(photo.read_bytes(), 348) for photo in photos])
    assert said.count(Certainty.SURE) <= MAX_PACKAGES_SURE * len(said)
    assert said.count(Certainty.UNKNOWN) > 0.8 * len(said)


def test_pictures_of_other_things_are_never_surely_something_taught() -> None:
    """A person, a cat, coins, a rocket, cells, text …"""
    pictures = sorted(PICTURES.glob("*.png")) + sorted(PICTURES.glob("*.jpg"))
    said = said_of([decode(picture.read_bytes(), 348) for picture in pictures])
    assert len(said) >= 20
    assert Certainty.SURE not in said
    assert said.count(Certainty.UNKNOWN) > 0.7 * len(said)


def said_of(images: list[Image.Image]) -> list[Certainty]:
    """What the shipped model says of RGB images."""
    model = modelfile.load(FILE)
    answers = model.answer(make_extractor(model.card.recipe).extract(images))
    return [
        certainty(model.card, float(similarity), float(scores.max()))
        for similarity, scores in zip(answers.similarities, answers.scores, strict=True)
    ]


def test_a_card_from_before_there_were_origins_is_read() -> None:
    card = baseline_model().card
    plain = to_plain(card)
    del plain["origin"], plain["report"]["folds"]
    old = replace(card, origin=None, report=replace(card.report, folds=0))
    assert from_json(json.dumps(plain), ModelCard) == old


@pytest.mark.parametrize("module", ["core.models.baseline", "bot.__main__"])
def test_the_chats_process_reads_the_card_without_numpy(module: str) -> None:
    code = (
        f"import sys, {module}\n"
        "from core.models.baseline import baseline_model\n"
        "baseline_model()\n"
        "print({'numpy', 'sklearn', 'onnxruntime'} & set(sys.modules))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ended.stdout == "set()\n"


# The command -------------------------------------------------------------------------------------


def make_shop(folder: Path, packages_seed: int = 0) -> Path:
    """A folder like that of the Grocery Store photos, with drawn photos."""
    names = [kind.split("/")[1] for kind in KINDS]
    rows = [f"{name},{i},{name},{i},," for i, name in enumerate(names)]
    header = (
        "Class Name (str),Class ID (int),Coarse Class Name (str),Coarse Class ID (int),"
        "Iconic Image Path (str),Product Description Path (str)"
    )
    folder.mkdir()
    (folder / "classes.csv").write_text("\n".join([header, *rows]))
    for part, count in PHOTOS.items():
        listed = []
        for i, kind in enumerate(KINDS):
            (folder / part / kind).mkdir(parents=True)
            for number in range(count):
                path = f"{part}/{kind}/{number:03}.jpg"
                seed = number + 100 * (part == "val") + packages_seed * kind.startswith("Packages")
                (folder / path).write_bytes(make_image(i, seed))
                listed.append(f"{path}, {i}, {i}")
        (folder / f"{part}.txt").write_text("\n".join(listed))
    return folder


@pytest.fixture(scope="module")
def shop_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_shop(tmp_path_factory.mktemp("shops") / "shop")


@pytest.fixture
def build(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command and returns what it printed."""

    def run(data: Path, out: Path) -> str:
        assert main([str(data), "--out", str(out)]) == 0
        return capsys.readouterr().out

    return run


def test_the_same_photos_give_the_same_bytes(build: Run, shop_folder: Path, tmp_path: Path) -> None:
    first = build(shop_folder, tmp_path / "out")
    assert "bytes as before" not in first
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert sorted(before) == [FILE.name, f"{FILE.name}.json", TAUGHT.name]
    again = build(shop_folder, tmp_path / "out")
    assert "the same bytes as before" in again
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_packages_have_no_part_in_the_model(build: Run, shop_folder: Path, tmp_path: Path) -> None:
    other = make_shop(tmp_path / "other", packages_seed=7)
    for data, name in ((shop_folder, "one"), (other, "two")):
        build(data, tmp_path / name)
    one, two = ((tmp_path / name / FILE.name).read_bytes() for name in ("one", "two"))
    assert one == two
    card = modelfile.load(tmp_path / "one" / FILE.name).card
    assert card.classes == ("Apple", "Leek", "Passion fruit")


def test_other_photos_give_other_bytes(build: Run, tmp_path: Path) -> None:
    shop = make_shop(tmp_path / "shop")
    build(shop, tmp_path / "out")
    (shop / "train/Fruit/Apple/000.jpg").write_bytes(make_image(0, 999))
    assert "not the bytes of before" in build(shop, tmp_path / "out")


def test_what_is_measured_is_told(build: Run, shop_folder: Path, tmp_path: Path) -> None:
    told = build(shop_folder, tmp_path)
    assert "A model of train (30 photos) on val (9 of fruit and vegetables, 3 of packages)" in told
    assert "The model of train and val (39 photos, 3 classes), by cross-validation in 5" in told
    assert "SHA-256" in told


def test_photos_that_are_not_there_are_one_line(
    shop_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "classes.csv").write_bytes((shop_folder / "classes.csv").read_bytes())
    assert main([str(tmp_path), "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith(f"There is no file or folder {tmp_path}/train.txt")


def test_a_missed_target_is_named() -> None:
    score = entities.TestScore(n=100, accuracy=0.9, f1_macro=0.9)
    good = Measurement(
        score, score, 0.9, 0.03, known=0.93, packages_unknown=0.6, packages_sure=0.01, auroc=0.95
    )
    assert list(good.missed_targets()) == []
    (missed,) = replace(good, known=0.5).missed_targets()
    assert missed == "known: 0.500, and 0.93 is the least"
    (missed,) = replace(good, packages_sure=0.02).missed_targets()
    assert missed == "packages surely named: 0.020, and 0.01 is the most"
    (missed,) = replace(good, calibration_error=0.05).missed_targets()
    assert missed == "calibration error: 0.050, and 0.03 is the most"
