from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage import Storage
from tests.memory.steps import OWNER, STRANGER, Steps
from tests.memory.storage import MemoryStorage


@pytest.fixture(params=["memory", "real"])
async def ports(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Storage | MemoryStorage]:
    """The ports of storage, each test with both fulfilments; two users are known."""
    home = tmp_path / "home"
    ports = MemoryStorage(home) if request.param == "memory" else await Storage.open(home)
    for user_id in (OWNER, STRANGER):
        await ports.users.get(user_id, "en")
    yield ports
    if isinstance(ports, Storage):
        await ports.close()


@pytest.fixture
def steps(ports: Storage | MemoryStorage, tmp_path: Path) -> Steps:
    return Steps(ports, tmp_path / "readings")
