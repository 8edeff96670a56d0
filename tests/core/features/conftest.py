from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="package", autouse=True)
def networks_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Our networks are built once for all these tests, and not into the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LUKOSHKO_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield
