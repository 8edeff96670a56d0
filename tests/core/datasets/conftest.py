from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from core.datasets.reading import read_archive
from core.entities import ImageRecord, Reading

SHARED = Path(__file__).resolve().parents[4] / "shared"

Read = Callable[..., Reading]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return tmp_path / "workspace"


@pytest.fixture
def read(workspace: Path) -> Read:
    """Reads an archive into the workspace."""

    def read(path: Path, known: Sequence[ImageRecord] = ()) -> Reading:
        return read_archive(path, "source", known, workspace, lambda progress: None)

    return read


@pytest.fixture(scope="session")
def hostile() -> Path:
    if not (SHARED / "hostile").is_dir():
        pytest.skip("needs the hostile samples in ../shared/hostile")
    return SHARED / "hostile"


@pytest.fixture(scope="session")
def grocery() -> Path:
    if not (SHARED / "data/grocery").is_dir():
        pytest.skip("needs the Grocery Store photos in ../shared/data/grocery")
    return SHARED / "data/grocery"
