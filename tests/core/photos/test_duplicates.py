from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from core.datasets.reading import colour_layout, perceptual_hash
from core.entities import Duplicates, Example, Photo
from core.photos import duplicates
from core.photos.duplicates import MAX_BITS, MAX_PAIRS, Columns, count, group_photos, near_groups
from tests.core.conftest import Read
from tests.factories import make_image, make_picture, make_zip, to_bytes


def make_photo(content: str, hashed: int, mean: float = 100.0) -> Photo:
    return Photo(
        sha256=content,
        bytes=1,
        width=100,
        height=100,
        mean=(mean, mean, mean),
        std=(50.0, 50.0, 50.0),
        perceptual_hash=f"{hashed:016x}",
    )


def make_example(content: str, hashed: int, label: str = "a") -> Example:
    return Example(0, make_photo(content, hashed), label, content)


def counted(examples: list[Example]) -> Duplicates:
    return count(examples, near_groups([example.photo for example in examples]))


def same(photos: list[Photo]) -> list[list[bool]]:
    groups = near_groups(photos)
    return (groups[:, None] == groups[None, :]).tolist()


def test_exact_copies_share_a_group() -> None:
    photos = [make_photo("x", 0), make_photo("y", 2**32 - 1), make_photo("x", 0)]
    assert same(photos)[0] == [True, False, True]


def test_near_copies_share_a_group_up_to_the_threshold() -> None:
    near = make_photo("y", 2**MAX_BITS - 1)
    far = make_photo("z", 2 ** (MAX_BITS + 1) - 1)
    assert same([make_photo("x", 0), near])[0] == [True, True]
    assert same([make_photo("x", 0), far])[0] == [True, False]


def test_a_copys_copy_belongs_to_the_group() -> None:
    chain = [make_photo(str(bits), 2**bits - 1) for bits in range(0, 4 * MAX_BITS, MAX_BITS)]
    assert len(set(near_groups(chain).tolist())) == 1


def test_alike_shapes_of_other_colours_are_no_duplicates() -> None:
    assert same([make_photo("x", 7, mean=60), make_photo("y", 7, mean=180)])[0] == [True, False]


def blur(seed: int, side: int = 96) -> Image.Image:
    """A picture of soft coloured blobs."""
    random = np.random.default_rng(seed)
    return Image.fromarray(random.integers(0, 256, (7, 7, 3), dtype=np.uint8)).resize((side, side))


def recoloured(picture: Image.Image, degrees: int) -> Image.Image:
    """The same lightness, other hues."""
    lightness, red, yellow = picture.convert("YCbCr").split()
    turn = np.exp(1j * np.radians(degrees))
    chroma = (np.asarray(red) - 128.0 + 1j * (np.asarray(yellow) - 128.0)) * turn
    planes = [(part + 128).clip(0, 255).astype(np.uint8) for part in (chroma.real, chroma.imag)]
    return Image.merge("YCbCr", [lightness, *map(Image.fromarray, planes)]).convert("RGB")


def photo_of(picture: Image.Image, content: str) -> Photo:
    """A photo as reading makes it, its means all alike: only hash and colours tell such apart."""
    hashed = int(perceptual_hash(picture), 16)
    return replace(make_photo(content, hashed), colours=colour_layout(picture))


def test_alike_shapes_with_other_colours_in_places_are_no_duplicates() -> None:
    photo = blur(3)
    others = [recoloured(photo, degrees) for degrees in (60, 120, 180, 240, 300)]
    photos = [photo_of(picture, f"{n}") for n, picture in enumerate([photo, *others])]
    hashes = [int(photo.perceptual_hash, 16) for photo in photos]
    assert max((hashes[0] ^ other).bit_count() for other in hashes) <= MAX_BITS
    assert len(set(near_groups(photos).tolist())) == len(photos)


@pytest.mark.parametrize(
    "change",
    [
        lambda picture: ImageEnhance.Color(picture).enhance(1.2),
        lambda picture: ImageEnhance.Brightness(picture).enhance(0.85),
        lambda picture: Image.open(io.BytesIO(to_bytes(picture, quality=40))),
        lambda picture: Image.merge("RGB", [picture.getchannel("R").point(lambda v: v * 1.05), *picture.split()[1:]]),
        ImageOps.mirror,
    ],
    ids=["colourful", "darker", "compressed", "warmer", "mirrored"],
)  # fmt: skip
def test_filters_leave_a_near_duplicate(change: Callable[[Image.Image], Image.Image]) -> None:
    photo = blur(3)
    photos = [photo_of(photo, "x"), photo_of(change(photo), "y")]
    assert same(photos)[0] == [True, True]


def test_where_colours_are_not_known_the_hash_and_the_means_decide() -> None:
    photo = blur(3)
    other = photo_of(recoloured(photo, 120), "y")
    assert same([replace(photo_of(photo, "x"), colours=""), other])[0] == [True, True]
    assert same([photo_of(photo, "x"), replace(other, colours="")])[0] == [True, True]


def test_flat_pictures_are_duplicates_only_if_equal() -> None:
    flat = [replace(make_photo(name, 0), std=(0.0, 1.0, 0.5)) for name in ("x", "y", "x")]
    assert same(flat)[0] == [True, False, True]


def test_groups_are_the_closure_of_all_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "_BLOCK_CELLS", 100)
    hashes = np.random.default_rng(0).integers(0, 2**24, 60).astype(np.uint64)
    photos = [make_photo(f"{number:02}", int(hashed)) for number, hashed in enumerate(hashes)]
    reach = np.bitwise_count(hashes[:, None] ^ hashes) <= MAX_BITS
    for _ in range(6):
        reach = reach @ reach
    assert 1 < len(set(near_groups(photos).tolist())) < 60
    assert same(photos) == reach.tolist()


def test_a_mirrored_copy_is_a_near_duplicate() -> None:
    random = np.random.default_rng(0)
    blurs = [
        Image.fromarray(random.integers(0, 256, (7, 7, 3), dtype=np.uint8)).resize((96, 96))
        for _ in range(4)
    ]
    hashes = [int(perceptual_hash(blur), 16) for blur in (*blurs, ImageOps.mirror(blurs[2]))]
    groups = near_groups([make_photo(f"{i}", hashed) for i, hashed in enumerate(hashes)])
    assert [group == groups[4] for group in groups] == [False, False, True, False, True]


def test_no_photos_are_no_groups() -> None:
    assert near_groups([]).tolist() == []


def random_columns(n: int) -> Columns:
    """Photos of which many are near duplicates, some exact ones and some flat."""
    random = np.random.default_rng(0)
    photos = [
        replace(
            make_photo(f"{random.integers(n)}", int(random.integers(2**24))),
            colours=blur_layout if random.random() < 0.5 else "",
            std=(1.0, 1.0, 1.0) if random.random() < 0.1 else (50.0, 50.0, 50.0),
        )
        for blur_layout in (colour_layout(blur(seed % 3, 16)) for seed in range(n))
    ]
    by_content = {photo.sha256: photo for photo in photos}
    return Columns.of([by_content[photo.sha256] for photo in photos])


def part(columns: Columns, end: int) -> Columns:
    return Columns(*(getattr(columns, field.name)[:end] for field in fields(columns)))


def test_a_group_is_named_by_its_first_photo() -> None:
    far = 0x3333333333333333
    photos = [make_photo("z", 0), make_photo("y", far), make_photo("x", 1), make_photo("z", 0)]
    assert group_photos(Columns.of(photos)).tolist() == [0, 1, 0, 0]


@pytest.mark.parametrize("n_known", [0, 1, 40, 79, 80])
def test_adding_photos_to_known_groups_is_as_grouping_all(
    n_known: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duplicates, "_BLOCK_CELLS", 100)
    columns = random_columns(80)
    everything = group_photos(columns)
    assert 1 < len(set(everything.tolist())) < 80
    known = group_photos(part(columns, n_known))
    assert group_photos(columns, known).tolist() == everything.tolist()
    renumbered = 1_000_000 - 7 * known
    assert group_photos(columns, renumbered).tolist() == everything.tolist()


def test_a_new_photo_joins_the_groups_that_it_lies_between() -> None:
    bits = (0, 2 * MAX_BITS, MAX_BITS)
    columns = Columns.of([make_photo(f"{n}", 2**n - 1) for n in bits])
    assert group_photos(part(columns, 2)).tolist() == [0, 1]
    assert group_photos(columns, np.array([0, 1])).tolist() == [0, 0, 0]


def test_groups_that_were_known_stay_though_nothing_joins_them_now() -> None:
    columns = Columns.of([make_photo("x", 0), make_photo("y", 2**32 - 1), make_photo("z", 1)])
    assert group_photos(columns, np.array([5, 5])).tolist() == [0, 0, 0]


def test_duplicates_are_counted_within_and_across_classes() -> None:
    far = 0x3333333333333333
    found = counted(
        [
            *(make_example("x", 0, "a"), make_example("x", 0, "a"), make_example("x2", 1, "a")),
            make_example("x", 0, "b"),
            *(make_example("y", far, "c"), make_example("z", far ^ 3, "d")),
            make_example("w", 0x0F0F0F0F0F0F0F0F, "d"),
        ]
    )
    assert (found.exact, found.near) == (2, 2)
    assert found.by_class == {"a": 2}
    assert found.across_classes == (("a", "b", 1), ("c", "d", 1))


def test_one_photo_in_very_many_classes_is_named_instead_of_all_its_pairs() -> None:
    everywhere = [make_example("x", 0, f"class {number:04}") for number in range(2000)]
    found = counted([*everywhere, make_example("y", 2**32 - 1, "class 0000")])
    assert found.exact == 1999
    assert found.widest == (("x", 2000),)
    assert 0 < len(found.across_classes) <= MAX_PAIRS


def test_of_many_pairs_of_classes_those_with_most_in_common_are_kept() -> None:
    random = np.random.default_rng(0)
    examples = [
        make_example(f"{number}", int(hashed), f"class {label}")
        for number, hashed in enumerate(random.integers(0, 2**63, 300))
        for label in (number, number + 1)
    ]
    examples += [
        make_example("0", 0, "class 0"),
        make_example("a", 7, "z"),
        make_example("a", 7, "y"),
    ]
    examples += [make_example("b", 2**32 - 1, "z"), make_example("b", 2**32 - 1, "y")]
    found = counted(examples)
    assert len(found.across_classes) == MAX_PAIRS
    assert ("y", "z", 2) in found.across_classes
    assert list(found.across_classes) == sorted(found.across_classes)
    assert found.widest == ()


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
    found = read(make_zip(tmp_path / "a.zip", files)).description.duplicates
    assert (found.exact, found.near) == (0, 4)
    assert found.by_class == {"a": 4}


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


def test_real_photos_of_different_classes_are_never_one_group(shop: Path, read: Read) -> None:
    examples = read(shop).examples
    groups = near_groups([example.photo for example in examples]).tolist()
    classes: dict[int, set[str]] = {}
    for example, group in zip(examples, groups, strict=True):
        classes.setdefault(group, set()).add(example.label)
    assert max(len(labels) for labels in classes.values()) == 1


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
