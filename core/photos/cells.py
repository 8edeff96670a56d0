"""Cells of CSV files that people open in a spreadsheet."""

from __future__ import annotations

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def as_text(cell: str) -> str:
    """The cell behind an apostrophe, where a spreadsheet would run it as a formula (CSV injection, OWASP)."""
    return f"'{cell}" if _is_formula(cell) or _is_quoted(cell) else cell


def from_text(cell: str) -> str:
    """The cell that `as_text` made this one of."""
    return cell[1:] if _is_quoted(cell) else cell


def _is_quoted(cell: str) -> bool:
    """True for an apostrophe before a formula, or before such a cell."""
    rest = cell.lstrip("'")
    return rest != cell and _is_formula(rest)


def _is_formula(cell: str) -> bool:
    return cell.startswith(_FORMULA_STARTS) or cell.lstrip().startswith(_FORMULA_STARTS)
