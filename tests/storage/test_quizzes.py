"""Quizzes in the database: what is over, and what goes with a person."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.entities import PlayerScore, Vote
from storage import Storage, quizzes
from tests.storage.factories import make_dataset

CHAT = -1001


async def test_a_quiz_that_nobody_ended_does_not_stop_others_for_ever(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await storage.quizzes.begin(CHAT, 1)
    await storage.quizzes.vote("7", Vote(2, "Anna", 0))
    monkeypatch.setattr(quizzes, "STALE_S", -1.0)
    assert await storage.quizzes.begin(CHAT, 2)
    assert await storage.quizzes.votes("7") == ()


async def test_a_players_account_takes_votes_and_points_along(
    storage: Storage, tmp_path: Path
) -> None:
    dataset = await make_dataset(storage)
    await storage.quizzes.permit(1, dataset.id, CHAT)
    await storage.quizzes.begin(CHAT, 1)
    await storage.quizzes.vote("7", Vote(1, "Anna", 0))
    await storage.quizzes.vote("7", Vote(2, "Boris", 0))
    await storage.quizzes.score(CHAT, 1, [PlayerScore(1, "Anna", 1), PlayerScore(2, "Boris", 1)])
    await storage.accounts.write_record(1, tmp_path / "record")
    record = json.loads((tmp_path / "record").read_text())
    assert [row["chat_id"] for row in record["quiz_permissions"]] == [CHAT]
    assert [row["name"] for row in record["quiz_votes"]] == ["Anna"]
    assert [row["points"] for row in record["quiz_scores"]] == [1]
    await storage.accounts.delete(1)
    assert await storage.quizzes.scores(CHAT) == (PlayerScore(2, "Boris", 1),)
    assert await storage.quizzes.votes("7") == (Vote(2, "Boris", 0),)
    assert not await storage.quizzes.is_permitted(dataset.id, CHAT)
