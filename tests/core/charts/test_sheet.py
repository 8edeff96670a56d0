from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from core.charts.sheet import draw_sheet
from core.charts.style import BACKGROUND
from tests.core.charts.checks import assert_telegram_photo
from tests.core.charts.factories import class_names, make_photos

GREEN = (0, 158, 115)


def _green_pixels(path: Path) -> int:
    with Image.open(path) as sheet:
        colors = sheet.convert("RGB").getcolors(sheet.width * sheet.height)
    return sum(count for count, color in colors or [] if color == GREEN)


def test_each_photo_is_cut_to_a_square_of_its_own(tmp_path: Path) -> None:
    out = tmp_path / "sheet.png"
    draw_sheet([("fig", [Image.new("RGB", (300, 200), GREEN)] * 3)], out)
    rounded_off = 192 * 192 * 0.01
    assert _green_pixels(out) == pytest.approx(3 * 192 * 192, abs=3 * rounded_off)


def test_no_more_than_the_columns_are_drawn(tmp_path: Path) -> None:
    few, many = tmp_path / "few.png", tmp_path / "many.png"
    photos = [Image.new("RGB", (64, 64), GREEN)] * 9
    draw_sheet([("fig", photos[:4])], few, columns=4)
    draw_sheet([("fig", photos)], many, columns=4)
    assert few.read_bytes() == many.read_bytes()


def test_a_class_without_photos_keeps_its_row(tmp_path: Path) -> None:
    out = tmp_path / "sheet.png"
    draw_sheet([("fig", []), ("kiwi", [Image.new("RGB", (64, 64), GREEN)])], out)
    with Image.open(out) as sheet:
        names = sheet.convert("L").crop((24, 24, 200, 24 + 44))
    assert max(names.tobytes()) > 192
    assert _green_pixels(out) > 0


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "1"])
def test_photos_of_any_mode_are_drawn(mode: str, tmp_path: Path) -> None:
    out = tmp_path / "sheet.png"
    draw_sheet([("fig", [Image.new("RGB", (64, 64), "black").convert(mode)])], out)
    with Image.open(out) as sheet:
        middle = sheet.convert("L").crop((100, 140, 140, 180))
    assert max(middle.tobytes()) < 40


@pytest.mark.parametrize(("classes", "blocks"), [(3, 1), (12, 1), (43, 3)])
def test_many_classes_stand_in_blocks_side_by_side(
    classes: int, blocks: int, tmp_path: Path
) -> None:
    out = tmp_path / "sheet.png"
    photo = Image.new("RGB", (64, 64), GREEN)
    draw_sheet([(name, [photo] * 5) for name in class_names(classes)], out)
    with Image.open(out) as sheet:
        assert max(sheet.size) <= 2560
        through_first_photos = sheet.convert("L").crop((0, 100, sheet.width, 101)).tobytes()
    ground = Image.new("RGB", (1, 1), BACKGROUND).convert("L").tobytes()
    gap_between_blocks = ground * 40
    parts = through_first_photos.split(gap_between_blocks)
    assert len([part for part in parts if part.strip(ground)]) == blocks


def test_a_sheet_of_very_many_classes_is_still_a_photo(tmp_path: Path) -> None:
    out = tmp_path / "sheet.png"
    photo = Image.new("RGB", (64, 64), GREEN)
    draw_sheet([(name, [photo]) for name in class_names(500)], out)
    assert_telegram_photo(out)


def test_the_same_photos_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "first.png", tmp_path / "second.png"
    draw_sheet(make_photos(class_names(3)), first)
    draw_sheet(make_photos(class_names(3)), second)
    assert first.read_bytes() == second.read_bytes()
