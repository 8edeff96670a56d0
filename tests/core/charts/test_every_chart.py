"""All charts fit a phone and Telegram, with any class names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from core.charts.overview import draw_class_counts, draw_colors, draw_duplicates, draw_sizes
from core.charts.reliability import draw_reliability
from core.charts.scores import draw_confusion, draw_curves, draw_mistakes
from core.charts.sheet import draw_sheet
from tests.core.charts.checks import (
    assert_telegram_photo,
    assert_texts_apart_and_inside,
    drawn_texts,
    words,
)
from tests.core.charts.factories import (
    ENGLISH,
    ODD_NAMES,
    TEXTS,
    class_names,
    make_curve,
    make_description,
    make_photos,
    make_report,
)

Draw = Callable[[list[str], Mapping[str, str], Path], None]

CHARTS: dict[str, Draw] = {
    "counts": lambda names, texts, out: draw_class_counts(make_description(names), texts, out),
    "duplicates": lambda names, texts, out: draw_duplicates(make_description(names), texts, out),
    "sizes": lambda names, texts, out: draw_sizes(make_description(names), texts, out),
    "colors": lambda names, texts, out: draw_colors(make_description(names), names[0], texts, out),
    "confusion": lambda names, texts, out: draw_confusion(make_report(names), texts, out),
    "mistakes": lambda names, texts, out: draw_mistakes(make_report(names), texts, out),
    "reliability": lambda names, texts, out: draw_reliability(make_report(names), texts, out),
    "curve": lambda names, texts, out: draw_curves({names[0]: make_curve()}, texts, out),
    "curves": lambda names, texts, out: draw_curves(
        {name: make_curve(final=0.9 - 0.05 * i) for i, name in enumerate(names[:8])}, texts, out
    ),
}
every_chart = pytest.mark.parametrize("chart", CHARTS)


@every_chart
@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("classes", [3, 12, 43])
def test_a_chart_is_a_photo_whose_texts_are_inside_and_apart(
    chart: str, language: str, classes: int, figures: list[Figure], tmp_path: Path
) -> None:
    out = tmp_path / "chart.png"
    CHARTS[chart](class_names(classes, language), TEXTS[language], out)
    assert_telegram_photo(out)
    assert_texts_apart_and_inside(figures[0])


@every_chart
@pytest.mark.parametrize("names", [ODD_NAMES, ("\a", "\u200d")], ids=["odd", "nothing to draw"])
def test_a_chart_takes_names_that_no_font_can_draw(
    chart: str, names: tuple[str, ...], figures: list[Figure], tmp_path: Path
) -> None:
    out = tmp_path / "chart.png"
    CHARTS[chart](list(names), ENGLISH, out)
    assert_telegram_photo(out)
    assert_texts_apart_and_inside(figures[0])


@every_chart
def test_a_chart_of_a_class_with_an_endless_name_stays_inside(
    chart: str, figures: list[Figure], tmp_path: Path
) -> None:
    out = tmp_path / "chart.png"
    CHARTS[chart](["W" * 300, "Ж" * 300 + " 2"], ENGLISH, out)
    assert_telegram_photo(out)
    assert_texts_apart_and_inside(figures[0])


@every_chart
def test_the_same_chart_is_the_same_bytes(chart: str, tmp_path: Path) -> None:
    first, second = tmp_path / "first.png", tmp_path / "second.png"
    CHARTS[chart](class_names(3), ENGLISH, first)
    CHARTS[chart](class_names(3), ENGLISH, second)
    assert first.read_bytes() == second.read_bytes()
    assert b"atplotlib" not in first.read_bytes()


@every_chart
def test_a_dollar_begins_no_formula(chart: str, figures: list[Figure], tmp_path: Path) -> None:
    names = ["$5$ apples", "_pears_", "$x^2$"]
    CHARTS[chart](names, ENGLISH, tmp_path / "chart.png")
    assert not any(
        text.get_parse_math() for text in drawn_texts(figures[0]) if "$" in text.get_text()
    )


def test_names_are_drawn_with_their_markup(figures: list[Figure], tmp_path: Path) -> None:
    names = ["$5$ apples", "_pears_", "$x^2$"]
    draw_class_counts(make_description(names), ENGLISH, tmp_path / "counts.png")
    draw_confusion(make_report(names), ENGLISH, tmp_path / "confusion.png")
    draw_curves({name: make_curve() for name in names}, ENGLISH, tmp_path / "curves.png")
    for figure in figures:
        assert all(any(name in word for word in words(figure)) for name in names)


@pytest.mark.parametrize("classes", [3, 20, 43])
def test_a_sheet_is_a_photo(classes: int, tmp_path: Path) -> None:
    out = tmp_path / "sheet.png"
    draw_sheet(make_photos(class_names(classes, "russian")), out)
    assert_telegram_photo(out)
