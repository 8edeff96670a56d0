"""kill -9 at any moment: nothing acknowledged is lost, nothing half-done is seen."""

from __future__ import annotations

import hashlib
from pathlib import Path
from random import Random

import pytest

from tests.storage.crashing_writer import kill_and_check

KILLS = 4


@pytest.mark.parametrize("seed", [1, 2])
async def test_what_a_killed_process_acknowledged_is_there(tmp_path: Path, seed: int) -> None:
    random = Random(seed)

    acknowledged = [await kill_and_check(tmp_path, random) for _ in range(KILLS)]

    assert all(acknowledged)
    for file in (tmp_path / "files").iterdir():
        assert hashlib.sha256(file.read_bytes()).hexdigest() == file.name
    assert list((tmp_path / "scratch").iterdir()) == []
