from __future__ import annotations

from pathlib import Path

import pytest

from core.mirror import Mirror
from core.objects import Objects


@pytest.fixture
def objects() -> Objects:
    stores = pytest.importorskip("obstore.store", reason="needs requirements-dev.txt")
    return Objects(stores.MemoryStore(), "memory")


@pytest.fixture
def mirror(tmp_path: Path, objects: Objects) -> Mirror:
    return Mirror(tmp_path / "here", objects, 10_000)


@pytest.fixture
def cache(mirror: Mirror) -> Path:
    return mirror.root / "owner" / "cache"
