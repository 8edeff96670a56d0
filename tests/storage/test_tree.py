"""The tree of sealed files in one folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.tree import LocalTree


def test_a_file_that_is_deleted_meanwhile_is_not_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, deleted = tmp_path / "kept", tmp_path / "deleted"
    kept.touch()
    deleted.touch()
    is_file = Path.is_file

    def is_file_until_then(path: Path) -> bool:
        was_file = is_file(path)
        deleted.unlink(missing_ok=True)
        return was_file

    monkeypatch.setattr(Path, "is_file", is_file_until_then)
    monkeypatch.setattr(Path, "rglob", lambda *_: iter([deleted, kept]))

    assert list(LocalTree(tmp_path).written(tmp_path)) == [kept]
