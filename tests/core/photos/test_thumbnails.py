"""The packs of thumbnails in a cache."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from core.photos.thumbnails import Thumbnails, compact, forget, new_pack, to_jpeg

SMALL_BYTES = 100_000


def add(cache: Path, *digests: str) -> None:
    with new_pack(cache) as pack:
        for digest in digests:
            pack.add(digest, to_jpeg(Image.new("RGB", (16, 12))))


def packs(cache: Path) -> int:
    return len(list(cache.glob("*.zip")))


def test_many_small_packs_become_one_and_nothing_that_was_forgotten_returns(tmp_path: Path) -> None:
    for number in range(4):
        add(tmp_path, f"{number}", "shared")
    compact(tmp_path, 4, SMALL_BYTES)
    assert packs(tmp_path) == 4
    forget(tmp_path, ["2"])
    add(tmp_path, "4")
    compact(tmp_path, 4, SMALL_BYTES)
    assert packs(tmp_path) == 1
    with Thumbnails(tmp_path) as thumbnails:
        for digest in ("0", "1", "3", "4", "shared"):
            assert thumbnails.get(digest).size == (16, 12)
        with pytest.raises(KeyError):
            thumbnails.get("2")


def test_what_a_killed_process_was_writing_is_deleted_when_photos_are_forgotten(
    tmp_path: Path,
) -> None:
    add(tmp_path, "1")
    left = tmp_path / "thumbnails-1.part"
    left.write_bytes(b"half of a pack")
    forget(tmp_path, ["2"])
    assert not left.exists()
    with Thumbnails(tmp_path) as thumbnails:
        assert thumbnails.get("1")


def test_a_large_pack_is_not_written_anew(tmp_path: Path) -> None:
    add(tmp_path, *map(str, range(10)))
    (large,) = tmp_path.glob("*.zip")
    for number in range(10, 13):
        add(tmp_path, f"{number}")
    compact(tmp_path, 2, large.stat().st_size - 1)
    assert large.is_file()
    assert packs(tmp_path) == 2
    with Thumbnails(tmp_path) as thumbnails:
        assert thumbnails.get("12").size == thumbnails.get("3").size == (16, 12)
