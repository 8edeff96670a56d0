from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from core.datasets.reading import perceptual_hash
from core.entities import ImageRecord
from core.photos import duplicates
from core.photos.duplicates import MAX_BITS, count, near_groups
from tests.core.conftest import Read
from tests.factories import make_image, make_picture, make_zip, to_bytes


def make_record(content: str, hashed: int, label: str = "a", mean: float = 100.0) -> ImageRecord:
    return ImageRecord(
        source="source",
        index=0,
        name=content,
        label=label,
        sha256=content,
        bytes=1,
        width=100,
        height=100,
        mean=(mean, mean, mean),
        std=(50.0, 50.0, 50.0),
        perceptual_hash=f"{hashed:016x}",
    )


def same(records: list[ImageRecord]) -> list[list[bool]]:
    groups = near_groups(records)
    return (groups[:, None] == groups[None, :]).tolist()


def test_exact_copies_share_a_group() -> None:
    records = [make_record("x", 0), make_record("y", 2**32 - 1), make_record("x", 0)]
    assert same(records)[0] == [True, False, True]


def test_near_copies_share_a_group_up_to_the_threshold() -> None:
    near = make_record("y", 2**MAX_BITS - 1)
    far = make_record("z", 2 ** (MAX_BITS + 1) - 1)
    assert same([make_record("x", 0), near])[0] == [True, True]
    assert same([make_record("x", 0), far])[0] == [True, False]


def test_a_copys_copy_belongs_to_the_group() -> None:
    chain = [make_record(str(bits), 2**bits - 1) for bits in range(0, 4 * MAX_BITS, MAX_BITS)]
    assert len(set(near_groups(chain).tolist())) == 1


def test_alike_shapes_of_other_colours_are_no_duplicates() -> None:
    assert same([make_record("x", 7, mean=60), make_record("y", 7, mean=180)])[0] == [True, False]


def test_flat_pictures_are_duplicates_only_if_equal() -> None:
    flat = [replace(make_record(name, 0), std=(0.0, 1.0, 0.5)) for name in ("x", "y", "x")]
    assert same(flat)[0] == [True, False, True]


def test_groups_are_the_closure_of_all_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "_BLOCK_CELLS", 100)
    hashes = np.random.default_rng(0).integers(0, 2**24, 60).astype(np.uint64)
    records = [make_record(f"{number:02}", int(hashed)) for number, hashed in enumerate(hashes)]
    reach = np.bitwise_count(hashes[:, None] ^ hashes) <= MAX_BITS
    for _ in range(6):
        reach = reach @ reach
    assert 1 < len(set(near_groups(records).tolist())) < 60
    assert same(records) == reach.tolist()


def test_a_mirrored_copy_is_a_near_duplicate() -> None:
    random = np.random.default_rng(0)
    blurs = [
        Image.fromarray(random.integers(0, 256, (7, 7, 3), dtype=np.uint8)).resize((96, 96))
        for _ in range(4)
    ]
    hashes = [int(perceptual_hash(blur), 16) for blur in (*blurs, ImageOps.mirror(blurs[2]))]
    groups = near_groups([make_record(f"{i}", hashed) for i, hashed in enumerate(hashes)])
    assert [group == groups[4] for group in groups] == [False, False, True, False, True]


def test_no_records_are_no_groups() -> None:
    assert near_groups([]).tolist() == []


def test_duplicates_are_counted_within_and_across_classes() -> None:
    far = 0x3333333333333333
    counted = count(
        [
            *(make_record("x", 0, "a"), make_record("x", 0, "a"), make_record("x2", 1, "a")),
            make_record("x", 0, "b"),
            *(make_record("y", far, "c"), make_record("z", far ^ 3, "d")),
            make_record("w", 0x0F0F0F0F0F0F0F0F, "d"),
        ]
    )
    assert (counted.exact, counted.near) == (2, 2)
    assert counted.by_class == {"a": 2}
    assert counted.across_classes == (("a", "b", 1), ("c", "d", 1))


def altered(picture: Image.Image) -> dict[str, bytes]:
    smaller = picture.resize((picture.width * 2 // 3, picture.height * 2 // 3))
    edge = max(1, picture.width // 100)
    box = (edge, edge, picture.width - edge, picture.height - edge)
    return {
        "compressed": to_bytes(picture, quality=50),
        "resized": to_bytes(smaller),
        "cropped": to_bytes(picture.crop(box)),
        "brightened": to_bytes(ImageEnhance.Brightness(picture).enhance(1.15)),
    }


def test_altered_copies_of_a_picture_are_found(tmp_path: Path, read: Read) -> None:
    picture = make_picture(kind=9, side=300)
    files = {f"a/{name}.jpg": data for name, data in altered(picture).items()}
    files |= {"a/original.jpg": to_bytes(picture), "b/other.jpg": make_image(kind=1, side=300)}
    counted = read(make_zip(tmp_path / "a.zip", files)).description.duplicates
    assert (counted.exact, counted.near) == (0, 4)
    assert counted.by_class == {"a": 4}


@pytest.mark.parametrize("alteration", ["compressed", "resized", "cropped", "brightened"])
def test_altered_copies_of_real_photos_are_found(alteration: str, grocery: Path) -> None:
    paths = sorted((grocery / "train").rglob("*.jpg"))[::60]
    distances = []
    for path in paths:
        photo = Image.open(path).convert("RGB")
        copy = Image.open(io.BytesIO(altered(photo)[alteration]))
        pair = [int(perceptual_hash(image), 16) for image in (photo, copy)]
        distances.append((pair[0] ^ pair[1]).bit_count())
    assert np.mean(np.array(distances) <= MAX_BITS) >= (0.9 if alteration == "cropped" else 1)


def test_real_photos_of_one_product_are_told_apart(grocery: Path) -> None:
    paths = sorted((grocery / "train/Fruit/Apple/Golden-Delicious").glob("*.jpg"))
    hashes = [int(perceptual_hash(Image.open(path)), 16) for path in paths]
    close = [
        (one, other)
        for number, one in enumerate(hashes)
        for other in hashes[:number]
        if (one ^ other).bit_count() <= MAX_BITS
    ]
    assert len(hashes) > 10
    assert close == []
