from __future__ import annotations

from functools import partial
from pathlib import Path

from PIL import Image, ImageColor

from core.charts.overview import draw_overview
from core.charts.stack import MAX_HEIGHT, draw_stacked
from core.charts.style import BACKGROUND
from tests.core.charts.checks import assert_telegram_photo
from tests.core.charts.factories import ENGLISH, class_names, make_description


def paint(size: tuple[int, int], color: str, out: Path) -> None:
    Image.new("RGB", size, color).save(out, format="PNG")


def test_pictures_lie_below_each_other(tmp_path: Path) -> None:
    out = tmp_path / "chart.png"
    draw_stacked([partial(paint, (40, 30), "red"), partial(paint, (20, 10), "blue")], out)
    with Image.open(out) as chart:
        assert chart.size == (40, 40)
        assert chart.getpixel((0, 0)) == (255, 0, 0)
        assert chart.getpixel((10, 35)) == (0, 0, 255)
        assert chart.getpixel((30, 35)) == ImageColor.getrgb(BACKGROUND)
    assert list(tmp_path.iterdir()) == [out]


def test_a_very_tall_picture_is_scaled(tmp_path: Path) -> None:
    out = tmp_path / "chart.png"
    draw_stacked([partial(paint, (1000, MAX_HEIGHT), "red")] * 2, out)
    with Image.open(out) as chart:
        assert chart.size == (500, MAX_HEIGHT)


def test_the_overview_of_very_many_classes_is_still_a_photo(tmp_path: Path) -> None:
    out = tmp_path / "chart.png"
    draw_overview(make_description(class_names(120, "english")), ENGLISH, out)
    assert_telegram_photo(out)
