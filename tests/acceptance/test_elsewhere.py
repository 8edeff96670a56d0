"""The bot in other chats: cards by inline mode, and answers as a guest where the operator allows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.acceptance import baskets
from tests.acceptance.conftest import Meet
from tests.acceptance.lessons import taught
from tests.acceptance.people import Person
from tests.acceptance.process import BotProcess


def test_the_cards_of_ones_own_models_are_offered_and_sent(bot: BotProcess, meet: Meet) -> None:
    anna, boris = meet(bot), meet(bot)
    nothing = boris.type_inline()
    assert [one["title"] for one in nothing["results"]] == ["Fruit and vegetables"]
    assert nothing["button"]["start_parameter"] == "inline"
    taught(anna)
    offered = anna.type_inline("my th")
    (result,) = offered["results"]
    assert (result["title"], offered["is_personal"]) == ("My things", True)
    assert "2 classes" in result["description"]
    assert offered["button"] is None
    shown = _sent(anna, offered, result["id"])
    assert "My things\nTells apart: apple, pear" in shown["text"]
    assert shown["reply_markup"]["inline_keyboard"][0][0]["url"] == "https://t.me/lukoshko_bot"
    # Once the model is shared, the card leads to it.
    address = anna.ask("/share", "start=m_").copied[0]
    shown = _sent(anna, anna.type_inline("my th"), result["id"])
    assert shown["reply_markup"]["inline_keyboard"][0][0]["url"] == address
    # Nobody else's are among them.
    assert boris.type_inline("my th")["results"] == []


def _sent(person: Person, offered: Mapping[str, Any], result_id: str) -> Mapping[str, Any]:
    """The message that a chosen result became in the group."""
    sent = person.in_group().choose(offered, result_id)
    return next(one for one in _messages(person.in_group()) if one["message_id"] == sent)


def test_inline_mode_speaks_the_readers_language(bot: BotProcess, meet: Meet) -> None:
    vera = meet(bot, "ru")
    (baseline,) = vera.type_inline("ФРУКТЫ")["results"]
    assert baseline["title"] == "Фрукты и овощи"


def test_a_guest_is_off_unless_the_operator_wants_it(bot: BotProcess, meet: Meet) -> None:
    answer = meet(bot).ask_as_guest(baskets.a_kiwi())
    assert answer.status_code == 409


@pytest.fixture(scope="module")
def travelling_bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BotProcess]:
    bot = BotProcess(tmp_path_factory.mktemp("travelling"), GUEST_MODE="on")
    bot.start()
    yield bot
    bot.stop()
    assert "Traceback" not in bot.log, bot.log


def test_a_guest_answers_with_what_everybody_may_see(
    travelling_bot: BotProcess, meet: Meet
) -> None:
    anna = meet(travelling_bot)
    taught(anna)
    said = _said(anna, baskets.a_kiwi())
    assert "Kiwi" in said
    assert "apple" not in said
    assert _said(anna) == "Reply to a photo with @lukoshko_bot, and I'll say what's in it."


def test_a_guest_says_what_it_does_not_know(travelling_bot: BotProcess, meet: Meet) -> None:
    assert "не похоже" in _said(meet(travelling_bot, "ru"), baskets.noise())


def _said(person: Person, photo: bytes | None = None) -> str:
    answer = person.ask_as_guest(photo)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["message"]["text"])


def _messages(person: Person) -> list[dict[str, object]]:
    return [event["message"] for event in person._events(0)["events"] if event["message"]]
