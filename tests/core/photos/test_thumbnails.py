"""The packs of thumbnails in a cache."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from core.photos.thumbnails import Thumbnails, compact, forget, new_pack, to_jpeg


def add(cache: Path, *digests: str) -> None:
    with new_pack(cache) as pack:
        for digest in digests:
            pack.add(digest, to_jpeg(Image.new("RGB", (16, 12))))


def packs(cache: Path) -> int:
    return len(list(cache.glob("*.zip")))


def test_many_small_packs_become_one_and_nothing_that_was_forgotten_returns(tmp_path: Path) -> None:
    for number in range(4):
        add(tmp_path, f"{number}", "shared")
    compact(tmp_path, 4)
    assert packs(tmp_path) == 4
    forget(tmp_path, ["2"])
    add(tmp_path, "4")
    compact(tmp_path, 4)
    assert packs(tmp_path) == 1
    with Thumbnails(tmp_path) as thumbnails:
        for digest in ("0", "1", "3", "4", "shared"):
            assert thumbnails.get(digest).size == (16, 12)
        with pytest.raises(KeyError):
            thumbnails.get("2")
