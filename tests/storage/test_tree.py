"""The tree of sealed files in one folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.tree import LocalTree


def test_a_file_that_is_deleted_meanwhile_is_not_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, deleted = tmp_path / "kept", tmp_path / "deleted"
    kept.touch()
    deleted.touch()
    walk = os.walk

    def walk_slowly(folder: Path) -> Iterator[tuple[str, list[str], list[str]]]:
        for found in walk(folder):
            deleted.unlink()
            yield found

    monkeypatch.setattr(os, "walk", walk_slowly)

    assert list(LocalTree(tmp_path).written(tmp_path)) == [kept]
