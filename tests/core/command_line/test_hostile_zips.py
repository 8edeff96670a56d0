"""Hostile ZIPs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.core.command_line.run import BAD_INPUT, Core
from tests.core.learning import SHARED
from tests.core.photos.test_hostile import ACCEPTED_ZIPS, LEFT_OUT, REFUSED_ZIPS


@pytest.fixture(scope="session")
def hostile() -> Path:
    if not (SHARED / "hostile").is_dir():
        pytest.skip("needs the hostile samples in ../shared/hostile")
    return SHARED / "hostile" / "zips"


@pytest.mark.parametrize("name", ACCEPTED_ZIPS)
def test_a_hostile_zip_with_honest_images_is_described(
    name: str, core: Core, hostile: Path
) -> None:
    info = core("info", hostile / name, "--json").json
    assert info["classes"] == ACCEPTED_ZIPS[name]
    assert [file["name"] for file in info["skipped"]] == LEFT_OUT.get(name, [])


@pytest.mark.parametrize("name", REFUSED_ZIPS)
def test_a_hostile_zip_is_refused_in_one_line(name: str, core: Core, hostile: Path) -> None:
    _, reason = REFUSED_ZIPS[name]
    run = core("info", hostile / name, "--json")
    assert run.code == BAD_INPUT
    assert reason in run.complaint
