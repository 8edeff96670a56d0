from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image, ImageColor

from core.charts.scores import EMPTY, draw_compared_curves, draw_confusion, draw_curves
from core.charts.style import BLUE, VERMILION
from core.entities import LearningCurve
from tests.core.charts.checks import assert_telegram_photo, assert_texts_apart_and_inside, words
from tests.core.charts.factories import ENGLISH, class_names, make_curve, make_report


def rgb(color: str) -> list[int]:
    return list(ImageColor.getrgb(color))


def _cell_colors(figure: Figure, out: Path, n: int) -> NDArray[np.int64]:
    """int64 (n, n, 3): RGB near a corner of each cell, where no count is written."""
    box = figure.axes[0].get_window_extent()
    with Image.open(out) as picture:
        pixels = np.asarray(picture.convert("RGB"), dtype=np.int64)
    offsets = (np.arange(n) + 0.15) * box.width / n
    rows = (pixels.shape[0] - box.y1 + offsets).astype(int)
    columns = (box.x0 + offsets).astype(int)
    return pixels[np.ix_(rows, columns)]


def test_hits_are_blue_errors_red_and_the_rest_is_dark(
    figures: list[Figure], tmp_path: Path
) -> None:
    out = tmp_path / "chart.png"
    confusion = ((20, 0, 0), (6, 14, 0), (1, 0, 0))
    draw_confusion(replace(make_report(class_names(3)), confusion=confusion), ENGLISH, out)
    colors = _cell_colors(figures[0], out, 3)
    red, blue = colors[..., 0], colors[..., 2]
    assert colors[0, 0].tolist() == rgb(BLUE)
    assert blue[1, 1] - red[1, 1] > 50
    assert red[1, 0] - blue[1, 0] > 30
    assert colors[2, 0].tolist() == rgb(VERMILION)
    assert colors[0, 1].tolist() == colors[2, 2].tolist() == rgb(EMPTY)
    assert sorted(word for word in words(figures[0]) if word.isdigit()) == ["1", "14", "20", "6"]


def test_a_class_without_held_out_photos_is_an_empty_row(
    figures: list[Figure], tmp_path: Path
) -> None:
    out = tmp_path / "chart.png"
    confusion = ((0, 0, 0), (0, 3, 0), (0, 0, 3))
    draw_confusion(replace(make_report(class_names(3)), confusion=confusion), ENGLISH, out)
    colors = _cell_colors(figures[0], out, 3)
    assert (colors[0] == rgb(EMPTY)).all()


def test_columns_stand_under_the_names_of_their_rows(figures: list[Figure], tmp_path: Path) -> None:
    draw_confusion(make_report(class_names(12)), ENGLISH, tmp_path / "chart.png")
    (axes,) = figures[0].axes
    down = [label.get_text() for label in axes.get_yticklabels()]
    assert down == [label.get_text() for label in axes.get_xticklabels()] == class_names(12)


def test_counts_too_long_for_their_cells_are_left_out(
    figures: list[Figure], tmp_path: Path
) -> None:
    report = make_report(class_names(43))
    confusion = ((90_000, *report.confusion[0][1:]), *report.confusion[1:])
    draw_confusion(replace(report, confusion=confusion), ENGLISH, tmp_path / "chart.png")
    assert [word for word in words(figures[0]) if word.isdigit()] == []


def test_a_matrix_of_very_many_classes_is_still_a_photo(
    figures: list[Figure], tmp_path: Path
) -> None:
    out = tmp_path / "chart.png"
    draw_confusion(make_report(class_names(120, "russian"), support=1), ENGLISH, out)
    assert_telegram_photo(out)
    assert_texts_apart_and_inside(figures[0])


def test_one_curve_shows_training_and_unseen_photos(figures: list[Figure], tmp_path: Path) -> None:
    curve = LearningCurve((10, 20), ((1.0, 1.0), (0.9, 1.0)), ((0.5, 0.7), (0.7, 0.9)))
    draw_curves({"fig": curve}, ENGLISH, tmp_path / "chart.png")
    assert {
        "Learning curve",
        "0.80 ± 0.10 · on photos it never saw",
        "0.95 ± 0.05 · on the training photos",
    } <= set(words(figures[0]))


def test_several_curves_are_told_apart_by_name_colour_and_marker(
    figures: list[Figure], tmp_path: Path
) -> None:
    models = [f"model {n}" for n in range(8)]
    draw_curves({name: make_curve() for name in models}, ENGLISH, tmp_path / "chart.png")
    lines = figures[0].axes[0].get_lines()
    assert len({(line.get_color(), line.get_marker()) for line in lines}) == 8
    assert all(any(word.endswith(f"· {name}") for word in words(figures[0])) for name in models)


@pytest.mark.parametrize("final", [0.02, 0.5, 1.0])
def test_scores_of_any_height_stay_in_the_plot(
    final: float, figures: list[Figure], tmp_path: Path
) -> None:
    scores = ((final, final), (final, final))
    draw_curves({"fig": LearningCurve((30, 60), scores, scores)}, ENGLISH, tmp_path / "chart.png")
    low, high = figures[0].axes[0].get_ylim()
    assert 0 <= low <= final <= high <= 1


def test_a_curve_of_one_size_is_a_point(figures: list[Figure], tmp_path: Path) -> None:
    out = tmp_path / "chart.png"
    draw_curves({"fig": make_curve((40,), folds=1)}, ENGLISH, out)
    assert_telegram_photo(out)
    assert_texts_apart_and_inside(figures[0])


def test_one_compared_curve_has_its_models_name(figures: list[Figure], tmp_path: Path) -> None:
    draw_compared_curves({"fig": make_curve()}, ENGLISH, tmp_path / "chart.png")
    assert [word for word in words(figures[0]) if word.endswith("· fig")] != []


def test_compared_models_stand_in_the_order_that_was_given(
    figures: list[Figure], tmp_path: Path
) -> None:
    names = ["plum", "apple", "fig"]
    draw_compared_curves({name: make_curve() for name in names}, ENGLISH, tmp_path / "chart.png")
    legend = [word.split(" · ")[1] for word in words(figures[0]) if " · " in word]
    assert legend == names
