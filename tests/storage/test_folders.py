"""What is in an owner's folder at every moment of a publication."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.features.cache import FeatureCache
from core.sealed import new_key
from core.tree_names import KEYS, vectors_of
from storage.folders import OwnerFolder, _publish
from tests.storage.factories import make_examples, make_reading


def test_features_that_are_published_can_be_read_at_every_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process may be killed at each, and tasks read meanwhile."""
    folder = OwnerFolder(tmp_path / "owner", new_key())
    shards = tmp_path / "reading" / "cache" / "features" / "hog"
    for _ in range(20):
        FeatureCache(shards, folder.key).append(["a" * 64], np.ones((1, 3), np.float32))
    reading = replace(make_reading(tmp_path / "reading", make_examples()), is_sealed=True)
    published = folder.cache.path / "features" / "hog"
    move = Path.replace

    def move_and_look(path: Path, target: Path) -> Path:
        moved = move(path, target)
        assert all(vectors_of(keys).exists() for keys in published.glob(f"*{KEYS}"))
        return moved

    monkeypatch.setattr(Path, "replace", move_and_look)
    _publish(reading, folder)
    assert len(list(published.iterdir())) == 40
