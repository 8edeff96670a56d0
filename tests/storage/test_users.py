"""Users: created at the first meeting, then remembered."""

from __future__ import annotations

import asyncio

import pytest

from core.entities import User
from core.errors import DatasetNotFound
from storage import Storage
from tests.storage.factories import make_dataset


async def test_a_user_keeps_the_language_of_the_first_meeting(storage: Storage) -> None:
    assert await storage.users.get(1, "ru") == User(id=1, language="ru")
    assert await storage.users.get(1, "en") == User(id=1, language="ru")


async def test_a_language_that_was_chosen_stays(storage: Storage) -> None:
    await storage.users.get(1, "ru")
    await storage.users.set_language(1, "en")

    assert (await storage.users.get(1, "ru")).language == "en"


async def test_two_first_meetings_at_once_make_one_user(storage: Storage) -> None:
    users = await asyncio.gather(*(storage.users.get(1, "en") for _ in range(10)))

    assert set(users) == {User(id=1, language="en")}


async def test_a_question_waits_until_it_is_taken_back(storage: Storage) -> None:
    await storage.users.get(1, "en")
    await storage.users.set_question(1, "name?")
    assert (await storage.users.get(1, "en")).question == "name?"

    await storage.users.set_question(1, None)
    assert (await storage.users.get(1, "en")).question is None


async def test_a_dataset_is_chosen_and_let_go(storage: Storage) -> None:
    dataset = await make_dataset(storage)
    await storage.users.set_dataset(1, dataset.id)
    assert (await storage.users.get(1, "en")).dataset_id == dataset.id

    await storage.users.set_dataset(1, None)
    assert (await storage.users.get(1, "en")).dataset_id is None


async def test_a_dataset_that_is_not_there_can_not_be_chosen(storage: Storage) -> None:
    await storage.users.get(1, "en")

    with pytest.raises(DatasetNotFound):
        await storage.users.set_dataset(1, 999)
