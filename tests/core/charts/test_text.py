from __future__ import annotations

import pytest

from core.charts.text import printable, shorten, text_width, wrap

LONG = "Помидоры черри на ветке сорта «Красная гроздь»"


def test_a_name_that_fits_stays_as_it_is() -> None:
    assert shorten("Помидоры", 400, 28) == "Помидоры"


@pytest.mark.parametrize("width", [30, 100, 250, 400])
def test_a_long_name_loses_its_middle_until_it_fits(width: float) -> None:
    short = shorten(LONG, width, 28)
    head, tail = short.split("…")
    assert LONG.startswith(head)
    assert LONG.endswith(tail)
    assert text_width(short, 28) <= width


def test_a_shortened_name_uses_the_width_it_has() -> None:
    assert text_width(shorten(LONG, 400, 28), 28) > 350


def test_where_nothing_fits_an_ellipsis_is_left() -> None:
    assert shorten(LONG, 1, 28) == "…"


@pytest.mark.parametrize(
    ("name", "drawn"),
    [
        ("two\nlines\tof\x00it", "two lines of it"),
        ("\ue000 apples", "apples"),
        ("\ue000\ue001", ""),
        ("سیب\u200cزمینی", "سیب\u200cزمینی"),
        ("e\u0301clair", "éclair"),
        ("heart ❤\ufe0f", "heart ❤"),
        ("\u202eabc\u202c", "abc"),
        ("\ud800x", "x"),
        ("Ёжик №1", "Ёжик №1"),
        ("", ""),
    ],
)
def test_only_what_the_font_has_is_drawn(name: str, drawn: str) -> None:
    assert printable(name) == drawn


def test_wrapped_lines_hold_every_word_and_fit() -> None:
    lines = wrap(LONG, 400, 28)
    assert " ".join(lines) == LONG
    assert all(text_width(line, 28) <= 400 for line in lines)


def test_what_goes_beyond_the_last_line_is_shortened() -> None:
    lines = wrap(LONG, 210, 28, max_lines=2)
    assert len(lines) == 2
    assert "…" in lines[1]
    assert lines[1].endswith("оздь»")


def test_a_word_wider_than_a_line_is_shortened() -> None:
    assert all(text_width(line, 28) <= 100 for line in wrap("a " + "W" * 50 + " b", 100, 28))
