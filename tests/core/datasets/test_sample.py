from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.datasets import sample
from core.datasets.sample import EMOJI, draw_picture, draw_sample_pictures, write_sample_dataset
from core.entities import Progress
from core.photos.duplicates import MAX_BITS
from core.photos.images import decode
from tests.core.conftest import Read
from tests.factories import make_zip


def test_the_sample_is_a_dataset_without_duplicates(
    tmp_path: Path, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample, "PICTURES_PER_CLASS", 4)
    reports: list[Progress] = []
    write_sample_dataset(tmp_path / "sample.zip", 0, reports.append)
    found = read(tmp_path / "sample.zip")
    description = found.description
    assert len(EMOJI) >= 24
    assert description.classes == dict.fromkeys(sorted(EMOJI), 4)
    assert (description.duplicates.exact, found.skipped) == (0, ())
    assert (reports[0].done, reports[-1]) == (0, Progress("draw", 4 * len(EMOJI), 4 * len(EMOJI)))


# (seed, number) of a tomato and of a coconut whose hashes differ in 4 or 5 bits, and whose means are near.
TOMATOES_LIKE_COCONUTS = (((3, 15), (10, 11)), ((6, 23), (2, 33)), ((22, 22), (21, 0)))


@pytest.mark.parametrize(("tomato", "coconut"), TOMATOES_LIKE_COCONUTS)
def test_a_tomato_is_no_near_duplicate_of_a_coconut_that_is_drawn_alike(
    tomato: tuple[int, int], coconut: tuple[int, int], tmp_path: Path, read: Read
) -> None:
    files = {
        "Tomato/1.jpg": drawing("Tomato", *tomato),
        "Coconut/1.jpg": drawing("Coconut", *coconut),
    }
    reading = read(make_zip(tmp_path / "alike.zip", files))
    one, other = (int(example.photo.perceptual_hash, 16) for example in reading.examples)
    assert (one ^ other).bit_count() <= MAX_BITS
    assert reading.description.duplicates.near == 0


def drawing(label: str, seed: int, number: int) -> bytes:
    """Picture `number` of a class of the sample dataset that this seed makes."""
    return sample._draw_class(seed, number + 1, list(EMOJI).index(label))[number]


def test_the_same_seed_draws_the_same_sample_and_another_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample, "PICTURES_PER_CLASS", 1)
    digests = []
    for seed in (0, 0, 1):
        write_sample_dataset(tmp_path / "sample.zip", seed, lambda progress: None)
        with zipfile.ZipFile(tmp_path / "sample.zip") as archive:
            digests.append({info.filename: info.CRC for info in archive.infolist()})
    assert digests[0] == digests[1]
    assert not set(digests[0].values()) & set(digests[2].values())


def test_pictures_to_try_are_of_many_classes_and_not_in_the_dataset(tmp_path: Path) -> None:
    pictures = draw_sample_pictures(tmp_path / "pictures", 12, seed=0)
    assert len({label for _, label in pictures}) == 12
    assert {label for _, label in pictures} <= set(EMOJI)
    assert sorted(path for path, _ in pictures) == sorted((tmp_path / "pictures").iterdir())
    assert all(160 <= decode(path.read_bytes()).width <= 200 for path, _ in pictures)


def test_every_emoji_is_in_the_font() -> None:
    random = np.random.default_rng(0)
    drawn = {draw_picture(label, random).tobytes() for label in EMOJI}
    glyphs = {sample._glyph(label).tobytes() for label in EMOJI}
    assert len(drawn) == len(glyphs) == len(EMOJI)
    for label in EMOJI:
        colors = sample._glyph(label).convert("RGB").getcolors(maxcolors=1 << 20)
        assert len(colors) > 2


def test_the_emoji_covers_much_of_its_picture() -> None:
    random = np.random.default_rng(0)
    outline = [np.asarray(draw_picture("Tomato", random).convert("L")) < 40 for _ in range(10)]
    for dark in outline:
        rows, columns = np.nonzero(dark)
        assert np.ptp(rows) > 0.4 * len(dark)
        assert np.ptp(columns) > 0.4 * len(dark)


def test_pictures_are_rgb() -> None:
    picture = draw_picture("Apple", np.random.default_rng(0))
    assert isinstance(picture, Image.Image)
    assert picture.mode == "RGB"
