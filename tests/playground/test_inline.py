"""Inline queries and guest messages: asked by people, answered by the bot, with Telegram's limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    Update,
)
from telegram.error import BadRequest

from tests.playground.people import Person, picture

LINK = InlineKeyboardMarkup.from_button(InlineKeyboardButton("Open", url="https://t.me/x"))


def article(number: object = 1, text: str = "<b>fruits</b>", **fields: Any) -> Any:
    content = InputTextMessageContent(text, parse_mode="HTML")
    return InlineQueryResultArticle(str(number), f"Model {number}", content, **fields)


@pytest.fixture
async def boris(address: str) -> AsyncIterator[Person]:
    """He has never written to the bot."""
    person = Person(address, user=2)
    yield person
    await person.http.aclose()


async def next_update(bot: Bot) -> Update:
    (update,) = await bot.get_updates(timeout=10)
    await bot.get_updates(offset=update.update_id + 1)
    return update


async def asked(bot: Bot, person: Person, path: str, **fields: Any) -> tuple[Update, Any]:
    """A person's request under way, and the update that it gave."""
    request = asyncio.create_task(
        person.http.post(f"/play/{path}", json={"user": person.user, "chat": person.chat} | fields)
    )
    return await next_update(bot), request


async def test_results_are_offered_and_one_is_sent(bot: Bot, boris_in_group: Person) -> None:
    update, request = await asked(bot, boris_in_group, "inline", query="fru")
    query = update.inline_query
    assert (query.from_user.first_name, query.query, query.chat_type) == (
        "Boris",
        "fru",
        "supergroup",
    )
    button = InlineQueryResultsButton("Teach", start_parameter="inline")
    results = [article(1, description="3 classes", reply_markup=LINK), article(2)]
    await query.answer(results, is_personal=True, cache_time=5, button=button)
    answer = (await request).json()
    assert [one["title"] for one in answer["results"]] == ["Model 1", "Model 2"]
    assert (answer["is_personal"], answer["cache_time"]) == (True, 5)
    assert answer["button"]["start_parameter"] == "inline"
    chosen = {"user": 2, "chat": "group", "query_id": answer["query_id"], "result_id": "1"}
    sent = await boris_in_group.http.post("/play/choose", json=chosen)
    (message,) = (await boris_in_group.history())["messages"]
    assert sent.json()["message_ids"] == [message["message_id"]]
    assert (message["from"]["id"], message["text"]) == (2, "fruits")
    assert message["via_bot"]["username"] == "lukoshko_bot"
    assert message["reply_markup"]["inline_keyboard"][0][0]["url"] == "https://t.me/x"


async def test_a_result_that_was_not_offered_can_not_be_sent(boris: Person) -> None:
    chosen = {"user": 2, "query_id": "1", "result_id": "1"}
    answer = await boris.http.post("/play/choose", json=chosen)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("results", "error"),
    [
        ([article(n) for n in range(51)], "Results_too_much"),
        ([article(1), article(1)], "Result_id_duplicate"),
        ([article("x" * 65)], "Result_id_invalid"),
        ([article(text="")], "Message text is empty"),
        ([article(text="x" * 4097)], "Message is too long"),
    ],
)
async def test_bad_results_are_refused(
    bot: Bot, boris: Person, results: list[Any], error: str
) -> None:
    update, request = await asked(bot, boris, "inline")
    with pytest.raises(BadRequest, match=error):
        await bot.answer_inline_query(update.inline_query.id, results)
    await update.inline_query.answer([])
    assert (await request).json()["results"] == []


async def test_an_unknown_query_is_too_old(bot: Bot) -> None:
    for answer in (bot.answer_inline_query("1", []), bot.answer_guest_query("1", article())):
        with pytest.raises(BadRequest, match="Query is too old"):
            await answer


async def test_a_guest_answers_a_photo_once(bot: Bot, boris: Person) -> None:
    files = {"photo": ("apple.jpg", picture())}
    request = asyncio.create_task(boris.http.post("/play/guest", data={"user": "2"}, files=files))
    message = (await next_update(bot)).guest_message
    assert message.text == "@lukoshko_bot"
    photo = message.reply_to_message.photo[-1]
    assert (await (await bot.get_file(photo.file_id)).download_as_bytearray()) == picture()
    sent = await bot.answer_guest_query(message.guest_query_id, article(text="An <b>apple</b>"))
    assert sent.inline_message_id
    said = (await request).json()["message"]
    assert (said["text"], said["guest_bot_caller_user"]["id"]) == ("An apple", 2)


async def test_what_the_bot_did_not_ask_for_does_not_come(bot: Bot, boris: Person) -> None:
    await bot.get_updates(allowed_updates=["message"])
    for path in ("inline", "guest"):
        answer: httpx.Response = await boris.http.post(f"/play/{path}", data={"user": "2"})
        assert answer.status_code == 409
