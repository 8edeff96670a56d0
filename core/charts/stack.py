"""Charts below each other in one picture: an album would crop each of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image

from core.charts.style import BACKGROUND, COMPRESS_LEVEL

MAX_HEIGHT = 8000
"""Pixels, whatever the width: Telegram takes photos of up to 10 000 of both."""


def draw_stacked(draws: Sequence[Callable[[Path], None]], out: Path) -> None:
    """Writes a PNG with the pictures that these functions write, below each other."""
    parts = [out.with_name(f"{out.stem}-{number}.part") for number in range(len(draws))]
    for draw, part in zip(draws, parts, strict=True):
        draw(part)
    pictures = [Image.open(part).convert("RGB") for part in parts]
    width, height = max(p.width for p in pictures), sum(p.height for p in pictures)
    whole = Image.new("RGB", (width, height), BACKGROUND)
    top = 0
    for picture in pictures:
        whole.paste(picture, (0, top))
        top += picture.height
    if height > MAX_HEIGHT:
        whole = whole.resize((round(width * MAX_HEIGHT / height), MAX_HEIGHT))
    whole.save(out, format="PNG", compress_level=COMPRESS_LEVEL)
    for part in parts:
        part.unlink()
