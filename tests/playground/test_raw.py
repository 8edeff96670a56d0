"""Raw updates: handed to the bot as they are, for what no chat of the playground gives rise to."""

from __future__ import annotations

import json

from telegram import Bot

from tests.playground.people import Person

SUPERGROUP = {"id": -1002, "type": "supergroup", "title": "Another group"}
JOINED = {
    **{"message_id": 7, "date": 1_700_000_000, "chat": SUPERGROUP},
    "new_chat_title": "Another group",
}


async def test_raw_updates_arrive_as_they_are_with_ids_in_order(bot: Bot, anna: Person) -> None:
    await anna.say("first")
    updates = [{"update_id": 1, "message": JOINED}, {"message": JOINED | {"message_id": 8}}]
    assert await anna.send(raw=json.dumps(updates)) == [7, 8]
    first, *raw = await bot.get_updates()
    assert [update.update_id for update in raw] == [first.update_id + 1, first.update_id + 2]
    assert [json.loads(update.to_json())["message"]["message_id"] for update in raw] == [7, 8]
    assert await bot.get_updates(offset=raw[-1].update_id + 1) == ()


async def test_the_bot_may_speak_in_the_chats_of_raw_updates(bot: Bot, anna: Person) -> None:
    await anna.send(raw=json.dumps([{"message": JOINED}]))
    assert (await bot.send_message(-1002, "Hello")).chat.title == "Another group"


async def test_what_is_no_list_of_updates_is_refused(anna: Person) -> None:
    for raw in ("{", "{}", "[5]"):
        answer = await anna.try_to_send(raw=raw)
        assert answer.status_code == 400, answer.text


async def test_an_update_may_lack_anything(anna: Person) -> None:
    odd = [{}, {"message": 5}, {"message": {"chat": {"id": "x"}}}, {"callback_query": {"id": "1"}}]
    assert await anna.send(raw=json.dumps(odd)) == []
