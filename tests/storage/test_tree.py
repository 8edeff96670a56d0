"""The tree of sealed files in one folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from storage.tree import LocalTree


def test_a_file_that_is_deleted_meanwhile_is_not_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, deleted = tmp_path / "kept", tmp_path / "deleted"
    kept.touch()
    deleted.touch()
    walk = os.walk

    def walk_slowly(folder: Path, **settings: Any) -> Iterator[tuple[str, list[str], list[str]]]:
        for found in walk(folder, **settings):
            deleted.unlink()
            yield found

    monkeypatch.setattr(os, "walk", walk_slowly)

    assert list(LocalTree(tmp_path).written(tmp_path)) == [kept]


def test_what_is_there_and_cannot_be_listed_is_an_error(tmp_path: Path) -> None:
    """A backup must not leave it out unsaid."""
    no_folder = tmp_path / "file"
    no_folder.touch()
    with pytest.raises(NotADirectoryError):
        LocalTree(tmp_path).written(no_folder)
    assert LocalTree(tmp_path).written(tmp_path / "deleted") == {}
