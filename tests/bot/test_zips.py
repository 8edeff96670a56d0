"""ZIPs that were sent together: gathered, named, and what is said of them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from telegram import Chat, Message

from bot import zips
from bot.commands.batch import MAX_FAILURES, said_of
from bot.commands.upload import common_name
from bot.texts import texts_in
from bot.zips import Zips
from core.errors import ArchiveUnreadable, JobCancelled

CHAT = 1


def message(number: int, chat: int = CHAT, album: str | None = None) -> Message:
    return Message(number, datetime.now(UTC), Chat(chat, "private"), media_group_id=album)


async def test_an_album_and_single_zips_of_one_chat_are_one_burst_in_order() -> None:
    gathered = Zips(quiet_s=0.05)
    sent = [message(1, album="a"), message(3), message(2, album="a")]
    assert [gathered.add(one, one.message_id) for one in sent] == [True, False, False]
    assert gathered.add(message(9, chat=2), 9)
    messages, updates = await asyncio.wait_for(gathered.gather(sent[0]), 5)
    assert [one.message_id for one in messages] == [1, 2, 3]
    assert sorted(updates) == [1, 2, 3]


def test_an_open_question_takes_later_zips_until_it_is_answered() -> None:
    asked, first = Zips(), message(10)
    asked.remember(first, [message(1)])
    question = asked.open(CHAT)
    assert question
    asked.remember(first, [*question.archives, message(2)])
    assert asked.open(2) is None
    grown = asked.question(first)
    assert grown
    assert [one.message_id for one in grown.archives] == [1, 2]
    asked.forget(first)
    assert asked.open(CHAT) is None
    assert asked.question(first) is None


def test_an_old_question_takes_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Zips()
    asked.remember(message(10), [message(1)])
    monkeypatch.setattr(zips, "JOINS_FOR_S", 0.0)
    assert asked.open(CHAT) is None
    assert asked.question(message(10))


@pytest.mark.parametrize(
    ("stems", "name"),
    [
        (["fruits"], "fruits"),
        (["fruits-1"], "fruits-1"),
        (["fruits-1", "fruits-2", "fruits-12"], "fruits"),
        (["фрукты (1)", "фрукты (2)"], "фрукты"),
        (["apple", "pear"], "apple"),
        (["1", "2"], "1"),
    ],
)
def test_numbered_zips_are_called_by_what_they_share(stems: list[str], name: str) -> None:
    assert common_name(stems) == name


def test_many_failures_fit_into_one_message() -> None:
    names = [f"{'long' * 30}-{n}.zip" for n in range(40)]
    said = said_of(names, [ArchiveUnreadable() for _ in names], texts_in("ru"))
    assert len(said) < 4096
    assert said.count("⚠️") == MAX_FAILURES
    assert said.endswith("… и ещё 32")


def test_what_was_stopped_is_no_failure() -> None:
    said = said_of(["a.zip", "b.zip"], [ArchiveUnreadable(), JobCancelled()], texts_in("en"))
    assert said.startswith("✋ Stopped. ZIPs read before that: 0 of 2.")
    assert "a.zip" in said
    assert "b.zip" not in said
