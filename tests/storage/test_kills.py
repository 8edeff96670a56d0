"""kill -9 at any moment: nothing acknowledged is lost, nothing is torn or doubled, nothing is left."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from storage import Storage
from storage.checking import check as check_folder
from storage.keyfile import KeySettings, find_key
from tests.storage.crashing_editor import OWNER, Acknowledged, Editors, state_of
from tests.storage.factories import examples_of, kept_photos, open_database, photos_of

KILLS = 50


@pytest.mark.parametrize("seed", [1, 2])
async def test_what_a_killed_process_acknowledged_is_there(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    killed_in: Counter[str] = Counter()
    steps = 0
    state: dict[str, Any] = {}
    with Editors() as editors:
        for _ in range(KILLS):
            heard = await asyncio.to_thread(editors.kill_one, tmp_path, random)
            killed_in[heard.begun] += 1
            steps += heard.steps
            state = await check(tmp_path, heard, state)

    assert steps > KILLS
    assert {"upload", "relabel", "move", "undo", "tidy", "remove"} <= killed_in.keys()


async def check(home: Path, heard: Acknowledged, before: dict[str, Any]) -> dict[str, Any]:
    """Opens the folder as the next process does; what is there now.

    before : what was there when the killed process began.
    """
    storage = await Storage.open(home)
    try:
        await storage.users.get(OWNER, "en")  # the first process may have been killed before that
        now = await state_of(storage)
        check_versions(heard, heard.state or before, now)
        await check_photos(storage)
        for digest in heard.files:
            content = await storage.files.read(OWNER, digest)
            assert hashlib.sha256(content).hexdigest() == digest
        assert list((home / "staging").iterdir()) == []
        check_rows(home, await kept_photos(storage, OWNER))
    finally:
        await storage.close()
    assert (
        await asyncio.to_thread(check_folder, home, find_key(home, KeySettings()))
    ).problems == []
    return now


def check_versions(heard: Acknowledged, acknowledged: dict[str, Any], now: dict[str, Any]) -> None:
    """Each dataset is as it was acknowledged, or one edit further: the step that was under way."""
    assert now.keys() >= acknowledged.keys()
    for dataset_id, (version, examples) in now.items():
        known, as_known = acknowledged.get(dataset_id, (0, []))
        assert version in (known, known + 1)
        assert version == known or heard.begun not in ("", "put", "tidy")
        assert version > known or examples == as_known


async def check_photos(storage: Storage) -> None:
    """Every example's bytes are there, whole, and no file is there that no row names."""
    photos = await photos_of(storage)
    for dataset in await storage.datasets.list(OWNER):
        examples = await examples_of(storage, dataset)
        assert len(examples) == dataset.images
        numbers = [edit.number for edit in await storage.examples.history(OWNER, dataset.id)]
        assert numbers == list(range(dataset.version, 0, -1))
        for digest in {example.photo.sha256 for example in examples}:
            assert hashlib.sha256(photos.read(digest)).hexdigest() == digest


def check_rows(home: Path, kept: set[str]) -> None:
    with closing(open_database(home)) as connection:
        assert kept == {row[0] for row in connection.execute("SELECT sha256 FROM photos")}
        for broken in (
            "SELECT * FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
            "SELECT * FROM pragma_foreign_key_check",
            "SELECT 1 FROM photos WHERE (released_at IS NULL) <>"
            " EXISTS (SELECT 1 FROM examples WHERE photo_id = photos.id)",
            "SELECT 1 FROM changes JOIN edits USING (dataset_id, number) WHERE closed = 1",
            "SELECT 1 FROM jobs WHERE state = 'done' AND ended_at IS NULL",
        ):
            assert connection.execute(broken).fetchall() == [], broken
