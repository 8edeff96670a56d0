"""The contract of the storage ports: quizzes, one at a time in a chat."""

from __future__ import annotations

import pytest

from core.entities import BOT_PLAYER, PlayerScore, Vote
from core.errors import DatasetNotFound
from tests.memory.steps import OWNER, STRANGER, Ports, Steps

CHAT, OTHER_CHAT = -1001, -1002
UPDATE, LATER_UPDATE = 10, 11
POLL = "7"


async def test_a_permission_is_of_one_dataset_in_one_chat(ports: Ports, steps: Steps) -> None:
    dataset, other = await steps.create(), await steps.create("other", {5: "plum"})
    assert not await ports.quizzes.is_permitted(dataset.id, CHAT)
    for _ in range(2):
        await ports.quizzes.permit(OWNER, dataset.id, CHAT)
    assert await ports.quizzes.is_permitted(dataset.id, CHAT)
    assert not await ports.quizzes.is_permitted(dataset.id, OTHER_CHAT)
    assert not await ports.quizzes.is_permitted(other.id, CHAT)


async def test_nobody_permits_what_is_anothers(ports: Ports, steps: Steps) -> None:
    dataset = await steps.create()
    with pytest.raises(DatasetNotFound):
        await ports.quizzes.permit(STRANGER, dataset.id, CHAT)
    await ports.quizzes.permit(OWNER, dataset.id, CHAT)
    assert await ports.quizzes.revoke(STRANGER) == 0
    assert await ports.quizzes.is_permitted(dataset.id, CHAT)


async def test_permissions_are_revoked_in_one_chat_or_in_all(ports: Ports, steps: Steps) -> None:
    dataset = await steps.create()
    for chat in (CHAT, OTHER_CHAT):
        await ports.quizzes.permit(OWNER, dataset.id, chat)
    assert await ports.quizzes.revoke(OWNER, CHAT) == 1
    assert not await ports.quizzes.is_permitted(dataset.id, CHAT)
    await ports.quizzes.permit(OWNER, dataset.id, CHAT)
    assert await ports.quizzes.revoke(OWNER) == 2
    assert not await ports.quizzes.is_permitted(dataset.id, OTHER_CHAT)


async def test_a_permission_goes_with_its_dataset(ports: Ports, steps: Steps) -> None:
    dataset = await steps.create()
    await ports.quizzes.permit(OWNER, dataset.id, CHAT)
    await ports.datasets.delete(OWNER, dataset.id)
    assert not await ports.quizzes.is_permitted(dataset.id, CHAT)


async def test_one_quiz_runs_in_a_chat(ports: Ports) -> None:
    quizzes = ports.quizzes
    assert await quizzes.begin(CHAT, UPDATE)
    assert not await quizzes.begin(CHAT, LATER_UPDATE)
    assert await quizzes.begin(OTHER_CHAT, LATER_UPDATE)
    # After a crash its update is handled again.
    assert await quizzes.begin(CHAT, UPDATE)
    await quizzes.end(CHAT, LATER_UPDATE, None)
    assert not await quizzes.begin(CHAT, LATER_UPDATE)
    await quizzes.end(CHAT, UPDATE, None)
    assert await quizzes.begin(CHAT, LATER_UPDATE)


async def test_the_first_answer_of_each_player_counts_in_the_order_of_coming(ports: Ports) -> None:
    quizzes = ports.quizzes
    anna, boris = Vote(2, "Anna", 0), Vote(1, "Boris <b>", 1)
    for vote in (anna, boris, Vote(2, "Anna", 3)):
        await quizzes.vote(POLL, vote)
    assert await quizzes.votes(POLL) == (anna, boris)
    assert await quizzes.votes("8") == ()
    await quizzes.retract(POLL, 2)
    await quizzes.vote(POLL, anna)
    assert await quizzes.votes(POLL) == (boris, anna)
    await quizzes.end(CHAT, UPDATE, POLL)
    assert await quizzes.votes(POLL) == ()


async def test_points_are_counted_once_for_a_quiz(ports: Ports) -> None:
    quizzes, anna = ports.quizzes, PlayerScore(2, "Anna", 1)
    for update, players in (
        (UPDATE, (anna, PlayerScore(BOT_PLAYER, "", 1))),
        (LATER_UPDATE, (PlayerScore(2, "Anna K.", 1),)),
    ):
        await quizzes.begin(CHAT, update)
        for _ in range(2):
            await quizzes.score(CHAT, update, players)
        await quizzes.end(CHAT, update, POLL)
    expected = (PlayerScore(2, "Anna K.", 2), PlayerScore(BOT_PLAYER, "", 1))
    assert await quizzes.scores(CHAT) == expected
    assert await quizzes.scores(OTHER_CHAT) == ()


async def test_a_chat_with_a_new_id_keeps_permissions_and_points(
    ports: Ports, steps: Steps
) -> None:
    quizzes, dataset = ports.quizzes, await steps.create()
    await quizzes.permit(OWNER, dataset.id, CHAT)
    for chat in (CHAT, OTHER_CHAT):
        await quizzes.begin(chat, UPDATE)
        await quizzes.score(chat, UPDATE, [PlayerScore(2, "Anna", 1)])
    for _ in range(2):
        await quizzes.move(CHAT, OTHER_CHAT)
    assert await quizzes.is_permitted(dataset.id, OTHER_CHAT)
    assert not await quizzes.is_permitted(dataset.id, CHAT)
    assert await quizzes.scores(OTHER_CHAT) == (PlayerScore(2, "Anna", 2),)
    assert await quizzes.scores(CHAT) == ()
