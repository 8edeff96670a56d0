"""Chats that get another id."""

from __future__ import annotations

import pytest

from storage import Storage
from tests.cards import make_default
from tests.storage.factories import make_model

OWNER, OLD, NEW = 1, -5, -1001


async def chosen(storage: Storage, chat_id: int) -> int | None:
    active = await storage.chats.active_model(chat_id, default=make_default())
    return None if active is None else active.id


@pytest.mark.parametrize("times", [1, 2])
async def test_a_choice_moves_with_its_chat_once(storage: Storage, times: int) -> None:
    model = await make_model(storage, OWNER)
    await storage.chats.activate(OLD, OWNER, model.id)
    for _ in range(times):
        await storage.chats.move(OLD, NEW)
    assert await chosen(storage, NEW) == model.id
    assert await chosen(storage, OLD) == make_default().id


async def test_that_no_model_answers_moves_too(storage: Storage) -> None:
    await storage.chats.deactivate(OLD)
    await storage.chats.move(OLD, NEW)
    assert await chosen(storage, NEW) is None


async def test_a_choice_that_was_made_in_the_new_chat_stays(storage: Storage) -> None:
    model = await make_model(storage, OWNER)
    await storage.chats.deactivate(OLD)
    await storage.chats.activate(NEW, OWNER, model.id)
    await storage.chats.move(OLD, NEW)
    assert await chosen(storage, NEW) == model.id


async def test_a_choice_that_was_taken_back_after_the_move_does_not_return(
    storage: Storage,
) -> None:
    await storage.chats.deactivate(OLD)
    await storage.chats.move(OLD, NEW)
    await storage.chats.reset(NEW)
    await storage.chats.move(OLD, NEW)
    assert await chosen(storage, NEW) == make_default().id


async def test_a_chat_that_has_chosen_nothing_moves_without_a_trace(storage: Storage) -> None:
    await storage.chats.move(OLD, NEW)
    assert await chosen(storage, NEW) == make_default().id
