from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib.figure import Figure

from core.charts.style import Canvas


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures that a test saves, to look at what is on them."""
    saved: list[Figure] = []
    save = Canvas.save

    def save_and_keep(canvas: Canvas, out: Path) -> None:
        save(canvas, out)
        saved.append(canvas.figure)

    monkeypatch.setattr(Canvas, "save", save_and_keep)
    return saved
