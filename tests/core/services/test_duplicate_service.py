"""Near duplicates looked at, and all but one of them removed."""

from __future__ import annotations

from pathlib import Path

import pytest
import pytest_asyncio

from core.entities import Dataset
from core.errors import NothingToChange
from core.services.services import Services
from tests.core.services.steps import OWNER, upload
from tests.factories import make_files, make_zip


@pytest_asyncio.fixture(loop_scope="session")
async def doubled(services: Services, tmp_path: Path) -> Dataset:
    files = make_files(classes=2, photos=3)
    files |= {"apple/copy.jpg": files["apple/00.jpg"], "pear/copy.jpg": files["pear/02.jpg"]}
    files |= {"pear/apple.jpg": files["apple/00.jpg"]}
    return await upload(services, make_zip(tmp_path / "doubled.zip", files))


async def test_groups_come_one_at_a_time(services: Services, doubled: Dataset) -> None:
    first = await services.duplicates.group(doubled, 0)
    last = await services.duplicates.group(doubled, 99)
    assert first
    assert last
    assert [(one.number, one.groups, one.photos) for one in (first, last)] == [(0, 2, 3), (1, 2, 2)]
    assert [one.name for one in last.examples] == ["pear/02.jpg", "pear/copy.jpg"]
    assert first.picture.startswith(b"\xff\xd8")


async def test_all_but_one_of_a_group_are_removed_at_once(
    services: Services, doubled: Dataset
) -> None:
    group = await services.duplicates.group(doubled, 0)
    assert group
    kept = group.examples[1]
    changed = await services.duplicates.keep_one(doubled, kept.id)
    assert changed.images == doubled.images - 2
    assert await services.examples.find(OWNER, doubled.id, [one.id for one in group.examples]) == (
        kept,
    )
    with pytest.raises(NothingToChange):
        await services.duplicates.keep_one(changed, kept.id)
    assert (await services.examples.undo(OWNER, doubled.id)).images == doubled.images


async def test_without_duplicates_there_is_no_group(services: Services, doubled: Dataset) -> None:
    for _ in range(2):
        group = await services.duplicates.group(doubled, 0)
        assert group
        await services.duplicates.keep_one(doubled, group.examples[0].id)
    assert await services.duplicates.group(doubled, 0) is None
