"""A spreadsheet runs no cell of ours as a formula, and every cell is read back as it was."""

from __future__ import annotations

import pytest

from core.photos.cells import as_text, from_text


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", " =", "\t@", "'=", "''-"])
def test_a_formula_becomes_text_and_comes_back(start: str) -> None:
    cell = f'{start}HYPERLINK("http://x")'
    assert as_text(cell).startswith("'")
    assert from_text(as_text(cell)) == cell


@pytest.mark.parametrize("cell", ["kiwi", "'", "'kiwi'", "O'Hara", "", "1-2", "''"])
def test_any_other_cell_stays(cell: str) -> None:
    assert as_text(cell) == from_text(cell) == cell
