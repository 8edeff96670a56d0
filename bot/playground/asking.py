"""The user side of inline mode and guest mode: what a person types after the bot's name, in any chat."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict

from bot.playground.call import Parts
from bot.playground.errors import PlayError
from bot.playground.parameters import Parameters
from bot.playground.seen import with_urls
from bot.playground.session import Session
from bot.playground.world import BOT_USERNAME, Json, event, person
from bot.playground.writing import contents

# A chat where the bot is no member: nothing of it is kept.
GUEST_CHAT_ID = -1009
# Answered queries whose results may still be chosen.
MAX_ANSWERED = 100


class Asking:
    """Inline queries, the choice among their results, and guest messages."""

    def __init__(self, parts: Parts, answer_wait_s: float) -> None:
        self._parts = parts
        self._world = parts.world
        self._answer_wait_s = answer_wait_s
        self._answered: OrderedDict[str, dict[str, Json]] = OrderedDict()

    async def inline(self, parameters: Parameters) -> Json:
        """Asks the bot for results: {"query_id", "results", "next_offset", "cache_time", "is_personal",
        "button"}."""
        session = Session.of(parameters)
        sender = self._sender(session, parameters)
        query_id, answer = self._parts.inline_queries.ask()
        query = {
            "id": query_id,
            "from": sender,
            "query": parameters.text("query"),
            "offset": parameters.text("offset"),
            "chat_type": "sender" if session.chat_id == session.user_id else "supergroup",
        }
        answered = await self._asked({"inline_query": query}, answer)
        self._answered[query_id] = {one["id"]: one for one in answered["results"]}
        if len(self._answered) > MAX_ANSWERED:
            self._answered.popitem(last=False)
        return {"query_id": query_id} | answered

    def choose(self, parameters: Parameters) -> Json:
        """Sends a result of an inline query to the chat, in the person's own name: {"message_ids"}."""
        session = Session.of(parameters)
        results = self._answered.get(parameters.text("query_id"), {})
        result = results.get(parameters.text("result_id"))
        if result is None:
            raise PlayError("There is no such result of an inline query.")
        sender = self._sender(session, parameters)
        private = {
            "id": session.user_id,
            "type": "private",
            "first_name": sender["first_name"],
        }
        chat = self._world.chat(session.chat_id) or private
        via = {"via_bot": {"id": 1, "is_bot": True, "first_name": "Lukoshko"}}
        via["via_bot"]["username"] = BOT_USERNAME
        message = self._world.draft(chat, sender, result["message"] | via)
        chosen = {"result_id": result["id"], "from": sender, "query": parameters.text("query")}
        updates: list[Json] = [{"chosen_inline_result": chosen}]
        if chat["type"] == "private":
            updates.append({"message": message})
        self._world.publish(
            [event("message", chat["id"], message=message)], self._parts.updates.wanted(updates)
        )
        return {"message_ids": [message["message_id"]]}

    async def guest(self, parameters: Parameters) -> Json:
        """Mentions the bot in a chat where it is no member: the text and the photo are what the mention
        replies to, no photo makes it a mention alone. Answers {"message"}, the bot's."""
        sender = self._sender(Session.of(parameters), parameters)
        chat = {"id": GUEST_CHAT_ID, "type": "supergroup", "title": "Elsewhere"}
        numbers = {"date": int(time.time()), "chat": chat}
        query_id, answer = self._parts.guest_queries.ask()
        mention = f"@{BOT_USERNAME}"
        message = {
            "message_id": 2,
            "from": sender,
            "text": mention,
            "entities": [{"type": "mention", "offset": 0, "length": len(mention)}],
            "guest_query_id": query_id,
        } | numbers
        if parameters.uploads("photo"):
            (photo,) = await contents(self._world, parameters)
            other = {"id": 7, "is_bot": False, "first_name": "Dana"}
            message["reply_to_message"] = {"message_id": 1, "from": other} | numbers | photo
        result = await self._asked({"guest_message": message}, answer)
        bot = {"id": 1, "is_bot": True, "first_name": "Lukoshko", "username": BOT_USERNAME}
        sent = {"message_id": 3, "from": bot, "guest_bot_caller_user": sender}
        return {"message": with_urls(sent | numbers | result["message"])}

    async def _asked(self, update: Json, answer: asyncio.Future[Json]) -> Json:
        """What the bot answers; 504 where it does not in time, 409 where it asked for no such updates."""
        wanted = self._parts.updates.wanted([update])
        if not wanted:
            raise PlayError("The bot asked for no such updates.", 409)
        self._world.publish([], wanted)
        try:
            return await asyncio.wait_for(answer, self._answer_wait_s)
        except TimeoutError as error:
            raise PlayError("The bot did not answer in time.", 504) from error

    def _sender(self, session: Session, parameters: Parameters) -> Json:
        language = parameters.text("language")
        if language or session.user_id not in self._world.users:
            return person(session.user_id, language or "en")
        return self._world.users[session.user_id]
