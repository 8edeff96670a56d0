"""The bot's reactions: what is accepted, which message holds them, and how people see them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from telegram import Bot, ReactionTypeEmoji
from telegram.error import BadRequest

from tests.playground.conftest import Boot
from tests.playground.people import TOKEN, Person, bot_at, picture

GROUP = {"id": -1002, "type": "supergroup", "title": "Another group"}


async def try_to_react(person: Person, message_id: int, reaction: Any) -> httpx.Response:
    """A reaction that the client would not send."""
    body = {"chat_id": person.user, "message_id": message_id, "reaction": reaction}
    return await person.http.post(f"/bot{TOKEN}/setMessageReaction", json=body)


async def test_a_reaction_is_an_event_with_its_emoji(bot: Bot, anna: Person) -> None:
    photo = (await anna.send({"photo": ("p.jpg", picture())}, caption="mango"))[0]
    assert await bot.set_message_reaction(1, photo, "👌", is_big=True)
    happened = (await anna.events())["events"][-1]
    assert (happened["type"], happened["message_id"], happened["emoji"]) == (
        "reaction",
        photo,
        "👌",
    )
    assert happened["message"]["message_id"] == photo
    assert (await anna.history())["reactions"] == {str(photo): "👌"}


async def test_another_reaction_replaces_the_first(bot: Bot, anna: Person) -> None:
    question = await anna.say("hello")
    for emoji in ("👌", "🤔", "🤷"):
        await bot.set_message_reaction(1, question, ReactionTypeEmoji(emoji))
    assert (await anna.history())["reactions"] == {str(question): "🤷"}


async def test_an_empty_list_takes_the_reaction_back(bot: Bot, anna: Person) -> None:
    question = await anna.say("hello")
    await bot.set_message_reaction(1, question, "👌")
    await bot.set_message_reaction(1, question, [])
    happened = (await anna.events())["events"][-1]
    assert (happened["type"], happened["message_id"], happened["emoji"]) == (
        "reaction",
        question,
        None,
    )
    assert (await anna.history())["reactions"] == {}


async def test_the_same_reaction_again_is_no_event(bot: Bot, anna: Person) -> None:
    question = await anna.say("hello")
    for emoji in (None, "👌", "👌"):
        await bot.set_message_reaction(1, question, emoji)
    kinds = [happened["type"] for happened in (await anna.events())["events"]]
    assert kinds == ["message", "reaction"]


async def test_an_album_holds_the_reaction_on_its_first_message(bot: Bot, anna: Person) -> None:
    first, second, third = await anna.send([("photo", ("p.jpg", picture()))] * 3)
    await bot.set_message_reaction(1, third, "👌")
    assert (await anna.history())["reactions"] == {str(first): "👌"}
    await bot.delete_message(1, first)
    await bot.set_message_reaction(1, third, "🤔")
    assert (await anna.history())["reactions"] == {str(second): "🤔"}


@pytest.mark.parametrize(
    ("reaction", "text"),
    [
        ([{"type": "emoji", "emoji": "🍎"}], "REACTION_INVALID"),
        ([{"type": "emoji", "emoji": "❤️"}], "REACTION_INVALID"),
        ([{"type": "custom_emoji", "custom_emoji_id": "5"}], "REACTION_INVALID"),
        ([{"type": "emoji", "emoji": emoji} for emoji in "👌🤔"], "REACTION_INVALID"),
        ([{"type": "paid"}], "can't parse ReactionType: invalid reaction type specified"),
        ([{"emoji": "👌"}], "can't parse ReactionType: Can't find field \"type\""),
        (["👌"], "can't parse ReactionType: expected an Object"),
    ],
)
async def test_what_telegram_refuses_is_refused(anna: Person, reaction: Any, text: str) -> None:
    question = await anna.say("hello")
    answer = (await try_to_react(anna, question, reaction)).json()
    assert (answer["error_code"], answer["description"]) == (400, f"Bad Request: {text}")
    assert (await anna.history())["reactions"] == {}


async def test_there_must_be_a_message(bot: Bot, anna: Person) -> None:
    question = await anna.say("hello")
    await bot.delete_message(1, question)
    with pytest.raises(BadRequest, match="Message to react not found"):
        await bot.set_message_reaction(1, question, "👌")


async def test_a_raw_message_can_be_reacted_to_but_no_service_message(
    bot: Bot, anna: Person
) -> None:
    head = {"date": 1_700_000_000, "chat": GROUP}
    said = head | {"message_id": 7, "text": "hello"}
    joined = head | {"message_id": 8, "new_chat_title": "Another group"}
    await anna.send(raw=json.dumps([{"message": said}, {"message": joined}]))
    assert await bot.set_message_reaction(-1002, 7, "👌")
    with pytest.raises(BadRequest, match="Reaction_invalid"):
        await bot.set_message_reaction(-1002, 8, "👌")


async def test_a_restart_keeps_reactions(boot: Boot, home: Path) -> None:
    playground = await boot(home=home)
    anna = Person(playground.address)
    question = await anna.say("hello")
    async with bot_at(playground.address) as bot:
        await bot.set_message_reaction(1, question, "👌")
    before = await anna.history()
    await anna.http.aclose()
    await playground.stop()
    anna = Person((await boot(home=home)).address)
    assert await anna.history() == before
    await anna.http.aclose()
