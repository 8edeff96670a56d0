from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from PIL import Image

from core.charts.overview import (
    MAX_ROWS,
    draw_class_counts,
    draw_colors,
    draw_duplicates,
    draw_sizes,
)
from core.entities import Duplicates, Spread
from tests.core.charts.checks import assert_texts_apart_and_inside, words
from tests.core.charts.factories import ENGLISH, class_names, make_description


def _row_names(figure: Figure) -> list[str]:
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


def test_the_largest_class_comes_first(figures: list[Figure], tmp_path: Path) -> None:
    description = replace(make_description(["a"]), classes={"fig": 7, "kiwi": 90, "plum": 31})
    draw_class_counts(description, ENGLISH, tmp_path / "chart.png")
    assert _row_names(figures[0]) == ["kiwi", "plum", "fig"]
    assert {"7", "31", "90", "Photos per class"} <= set(words(figures[0]))


def test_of_very_many_classes_both_ends_are_shown(figures: list[Figure], tmp_path: Path) -> None:
    classes = {f"class {n}": n for n in range(1, 201)}
    description = replace(make_description(["a"]), classes=classes)
    draw_class_counts(description, ENGLISH, tmp_path / "chart.png")
    rows = _row_names(figures[0])
    assert len(rows) == MAX_ROWS
    assert (rows[0], rows[-1]) == ("class 200", "class 1")
    assert rows[30] == f"… {200 - 59} …"


def test_duplicates_across_classes_stand_beside_those_within(
    figures: list[Figure], tmp_path: Path
) -> None:
    found = Duplicates(exact=5, near=1, by_class={"fig": 4}, across_classes=(("fig", "kiwi", 9),))
    description = replace(make_description(["fig", "kiwi"]), duplicates=found)
    draw_duplicates(description, ENGLISH, tmp_path / "chart.png")
    assert _row_names(figures[0]) == ["fig ↔ kiwi", "fig"]


def test_without_duplicates_the_chart_says_so(figures: list[Figure], tmp_path: Path) -> None:
    description = make_description(class_names(3), duplicates=False)
    draw_duplicates(description, ENGLISH, tmp_path / "chart.png")
    assert words(figures[0]) == ["Duplicates per class", "There are no duplicates."]


@pytest.mark.parametrize("width", [Spread(1, 2.0, 4), Spread(3000, 3990.0, 4000)])
def test_close_sizes_do_not_run_into_each_other(
    width: Spread, figures: list[Figure], tmp_path: Path
) -> None:
    draw_sizes(make_description(["a"], width=width), ENGLISH, tmp_path / "chart.png")
    assert_texts_apart_and_inside(figures[0])
    assert {f"{width.min}", f"mean {width.mean:.0f}", f"{width.max}"} <= set(words(figures[0]))


def test_photos_of_one_size_have_one_number(figures: list[Figure], tmp_path: Path) -> None:
    description = make_description(["a"], width=Spread(348, 348.0, 348))
    draw_sizes(description, ENGLISH, tmp_path / "chart.png")
    assert [word for word in words(figures[0]) if "348" in word] == ["348"]


def test_a_class_shows_its_mean_colour_and_figures(figures: list[Figure], tmp_path: Path) -> None:
    out = tmp_path / "chart.png"
    draw_colors(make_description(["fig"]), "fig", ENGLISH, out)
    assert {"Colours of fig", "181 ± 53", "96 ± 39", "40 ± 61"} <= set(words(figures[0]))
    with Image.open(out) as picture:
        pixel = picture.convert("RGB").getpixel((540, 140))
    assert pixel == (181, 96, 40)


def test_a_class_that_is_not_there_has_no_colours(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="durian"):
        draw_colors(make_description(["fig"]), "durian", ENGLISH, tmp_path / "chart.png")
    assert not (tmp_path / "chart.png").exists()
