"""JPEG files that were cut off: whole pictures without their end marker, and truncated ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.errors import ImageTooLarge, ImageUnreadable
from core.photos import jpeg
from core.photos.images import decode
from tests.factories import make_picture, to_bytes

END = b"\xff\xd9"
ENCODINGS: Mapping[str, Mapping[str, Any]] = {
    "baseline": {"quality": 75},
    "fine": {"quality": 95, "subsampling": 0},
    "small tables": {"quality": 30, "optimize": True},
    "progressive": {"progressive": True},
    "restart markers": {"restart_marker_blocks": 5},
    "a restart marker per row": {"restart_marker_rows": 1},
    "progressive with restart markers": {"progressive": True, "restart_marker_rows": 2},
    "with a thumbnail": {"comment": b"\xff\xd8\xff\xda a marker in the metadata \xff\xd9"},
}


@pytest.fixture(params=ENCODINGS)
def whole(request: pytest.FixtureRequest) -> bytes:
    return to_bytes(make_picture(kind=3, side=123), **ENCODINGS[request.param])


@pytest.mark.parametrize("side", [None, 32])
@pytest.mark.parametrize(
    "tail",
    [b"", b"\xff", b"\0\0", bytes(4096), b"\xff" * 512, b"appended by a camera"],
    ids=["nothing", "half a marker", "two zeros", "a page of zeros", "erased memory", "text"],
)
def test_a_whole_picture_without_its_end_marker_is_decoded(
    whole: bytes, tail: bytes, side: int | None
) -> None:
    assert decode(whole[:-2] + tail, side) == decode(whole, side)


@pytest.mark.parametrize("tail", [b"", b"\xff", END, b"\0" * 100, b"a film" + bytes(9999)])
def test_what_follows_the_end_marker_does_not_matter(whole: bytes, tail: bytes) -> None:
    assert decode(whole + tail) == decode(whole)
    assert jpeg.with_end(whole + tail) == whole + tail


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.5, 0.9, 0.99])
def test_a_share_of_the_data_is_no_picture(whole: bytes, share: float) -> None:
    start = whole.index(b"\xff\xda", whole.index(b"\xff\xc4")) + 14
    cut = start + int((len(whole) - 2 - start) * share)
    with pytest.raises(ImageUnreadable):
        decode(whole[:cut])
    if share <= 0.9:  # zeros in place of the last few bytes are as good as padding
        with pytest.raises(ImageUnreadable):
            decode(whole[:cut] + bytes(4096))


@pytest.mark.parametrize("lost", [1, 2, 3, 5, 10, 50])
def test_a_picture_that_lacks_a_few_bytes_is_refused_unless_no_pixel_needs_them(
    whole: bytes, lost: int
) -> None:
    try:
        decoded = decode(whole[: -2 - lost])
    except ImageUnreadable:
        return
    assert lost == 1
    assert decoded == decode(whole)


def test_a_cut_at_a_restart_marker_is_seen() -> None:
    whole = to_bytes(make_picture(side=123), restart_marker_blocks=5)
    for number in range(8):
        for cut in range(3):
            with pytest.raises(ImageUnreadable):
                decode(whole[: whole.rindex(bytes([0xFF, 0xD0 + number])) + cut])


def test_a_progressive_picture_without_its_last_scans_is_refused() -> None:
    whole = to_bytes(make_picture(side=123), progressive=True)
    scans = [at for at in range(len(whole)) if whole.startswith(b"\xff\xda", at)]
    for scan in scans:
        with pytest.raises(ImageUnreadable):
            decode(whole[:scan])


def test_an_even_ground_that_ends_in_zeros_is_no_padding() -> None:
    pictures = (drawn_on_white(level) for level in range(200))
    whole = next(data for data in pictures if data[:-2].endswith(bytes(100)))
    assert decode(whole[:-2]) == decode(whole)
    with pytest.raises(ImageUnreadable):
        decode(whole[:-300])


def drawn_on_white(level: int) -> bytes:
    picture = Image.new("L", (640, 480), "white")
    picture.paste(level, (100, 100, 203, 205))
    return to_bytes(picture, optimize=True)


def test_the_limit_of_pixels_holds_before_any_of_them_is_decoded() -> None:
    whole = bytearray(to_bytes(make_picture()))
    frame = whole.index(b"\xff\xc0")
    whole[frame + 5 : frame + 9] = (9400).to_bytes(2) * 2
    with pytest.raises(ImageTooLarge):
        decode(bytes(whole[:-2]))


def test_headers_that_are_flipped_at_random_end_in_a_picture_or_one_error() -> None:
    random = np.random.default_rng(0)
    whole = np.frombuffer(to_bytes(make_picture(), progressive=True)[:-2], np.uint8)
    for _ in range(60):
        damaged = whole.copy()
        damaged[random.integers(0, 700, 4)] = random.integers(0, 256, 4)
        try:
            assert decode(damaged.tobytes(), 64).mode == "RGB"
        except (ImageUnreadable, ImageTooLarge):
            continue
