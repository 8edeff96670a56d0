"""Names in scripts that DejaVu Sans lacks: drawn where the machine has a font, else numbered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from PIL import Image

from core.charts import fonts
from core.charts.registry import draw_chart
from core.charts.sheet import draw_sheet
from core.charts.text import name_or_number, shorten, text_width
from core.entities import ChartRequest
from tests.core.charts.checks import assert_telegram_photo, assert_texts_apart_and_inside, words
from tests.core.charts.factories import ENGLISH, make_curve, make_description, make_report

NAMES = {
    "Chinese": "苹果",
    "Japanese": "リンゴ",
    "Korean": "사과",
    "Thai": "แอปเปิล",
    "Hindi": "सेब",
    "emoji": "🍎",
}


@pytest.fixture
def no_fonts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine that has matplotlib's fonts alone."""
    monkeypatch.setattr(fonts, "_installed", dict)
    fonts._fallback.cache_clear()
    yield
    fonts._fallback.cache_clear()


@pytest.mark.parametrize("script", NAMES)
def test_a_name_is_drawn_where_the_machine_has_a_font_for_it(
    script: str, figures: list[Figure], tmp_path: Path
) -> None:
    name = NAMES[script]
    if not all(map(fonts.has_glyph, name)):
        pytest.skip(f"no font for {script} is installed here")
    numbered = draw_chart(
        ChartRequest("confusion", make_report([name, "pear", "fig"]), ENGLISH), tmp_path / "c.png"
    )
    assert numbered == {}
    assert name in words(figures[0])
    assert_texts_apart_and_inside(figures[0])
    assert text_width(shorten(name * 20, 300, 32), 32) <= 300


@pytest.mark.parametrize("name", ["Ёж №1", "Ψάρι", "تفاح", "תפוח", "Café ❤️"])
def test_dejavu_needs_no_other_font(name: str, no_fonts: None) -> None:
    assert name_or_number(name, 1) == name


@pytest.mark.usefixtures("no_fonts")
def test_without_a_font_a_number_stands_for_the_name(figures: list[Figure], tmp_path: Path) -> None:
    names = ["pear", "苹果", "fig", "🍏"]
    out = tmp_path / "chart.png"
    requests = (
        ChartRequest("overview", make_description(names), ENGLISH),
        ChartRequest("confusion", make_report(names), ENGLISH),
        ChartRequest("curves", {name: make_curve() for name in names}, ENGLISH),
    )
    for request in requests:
        assert draw_chart(request, out) == {"2.": "苹果", "4.": "🍏"}
        assert_telegram_photo(out)
    drawn = "".join(word for figure in figures for word in words(figure))
    assert "2." in drawn
    assert "4." in drawn
    assert not any(name in drawn for name in ("苹果", "🍏", "□"))


@pytest.mark.usefixtures("no_fonts")
def test_a_symbol_alone_is_left_out_of_a_name_without_a_number(
    figures: list[Figure], tmp_path: Path
) -> None:
    request = ChartRequest("classes", make_description(["🍏 apples", "pears"]), ENGLISH)
    assert draw_chart(request, tmp_path / "chart.png") == {}
    assert "apples" in words(figures[0])


@pytest.mark.usefixtures("no_fonts")
def test_a_sheet_has_a_number_too(tmp_path: Path) -> None:
    photo = Image.new("RGB", (64, 64))
    one, other = tmp_path / "one.png", tmp_path / "other.png"
    draw_sheet([("fig", [photo]), ("苹果", [photo])], one)
    draw_sheet([("fig", [photo]), ("2.", [photo])], other)
    assert one.read_bytes() == other.read_bytes()
