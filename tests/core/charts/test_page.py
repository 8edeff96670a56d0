from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from core.charts.page import SIDE, draw_page, pad

GREEN = (0, 160, 0)


@pytest.mark.parametrize(
    ("photos", "columns", "rows"), [(1, 1, 1), (3, 3, 1), (4, 3, 2), (12, 3, 4)]
)
def test_photos_lie_in_rows_of_three(tmp_path: Path, photos: int, columns: int, rows: int) -> None:
    out = tmp_path / "page.jpg"
    draw_page([Image.new("RGB", (300, 200), GREEN)] * photos, 9998, out)
    page = Image.open(out)
    assert (page.width // SIDE, page.height // SIDE) == (columns, rows)
    middle = page.getpixel((SIDE // 2, SIDE // 2))
    assert isinstance(middle, tuple)
    assert middle[1] > max(middle[0], middle[2]) + 100, "the first photo is there"


def test_a_very_long_photo_gets_margins() -> None:
    assert pad(Image.new("RGB", (1280, 20))).size == (1280, 68)
    assert pad(Image.new("RGB", (20, 1280))).size == (68, 1280)
    photo = Image.new("RGB", (640, 480))
    assert pad(photo) is photo


def test_where_nothing_refers_to_numbers_there_are_none(tmp_path: Path) -> None:
    pages = []
    for first in (1, None):
        draw_page([Image.new("RGB", (300, 200), GREEN)], first, tmp_path / "page.jpg")
        pages.append(Image.open(tmp_path / "page.jpg").convert("L").getextrema()[1])
    brightest, plain = pages
    assert brightest > 200 > plain, "a number is white"
