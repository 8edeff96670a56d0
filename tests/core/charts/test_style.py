"""The palette is readable: contrasts as the Web Content Accessibility Guidelines define them."""

from __future__ import annotations

from itertools import product

import pytest

from core.charts.style import (
    BACKGROUND,
    FAINT_INK,
    INK,
    PALETTE,
    RED,
    black_or_white,
    contrast,
)

LEVELS = [level / 8 for level in range(9)]


def test_the_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("black", "white") == contrast("white", "black") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("ink", [INK, FAINT_INK])
def test_texts_read_well(ink: str) -> None:
    assert contrast(ink, BACKGROUND) >= 4.5


@pytest.mark.parametrize("color", [*PALETTE, RED])
def test_bars_and_lines_stand_out(color: str) -> None:
    assert contrast(color, BACKGROUND) >= 4


def test_the_card_glares_neither_in_a_dark_chat_nor_vanishes_in_a_light_one() -> None:
    dark_chat = "#17212b"
    assert contrast(BACKGROUND, dark_chat) < 1.5
    assert contrast(BACKGROUND, "white") > 10


def test_counts_read_well_on_any_colour() -> None:
    for red, green, blue in product(LEVELS, repeat=3):
        ground = (red, green, blue)
        assert contrast(black_or_white(ground), ground) >= 4.5
