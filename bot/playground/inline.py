"""Inline queries and guest messages: answerInlineQuery, answerGuestQuery, and what they may hold."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from bot.playground import limits
from bot.playground.call import Call, formatted
from bot.playground.errors import bad_request
from bot.playground.formatting import utf16_length
from bot.playground.markup import inline_keyboard
from bot.playground.parameters import Parameters
from bot.playground.world import Json


async def answer_inline_query(call: Call) -> bool:
    """Answers with up to 50 articles; the page of results that comes next is asked for by `next_offset`."""
    parameters = call.parameters
    given = parameters.decoded("results", list)
    if given is None:
        raise bad_request("results is not specified")
    if len(given) > limits.MAX_RESULTS:
        raise bad_request("RESULTS_TOO_MUCH")
    results = [_result(one) for one in given]
    if len({one["id"] for one in results}) < len(results):
        raise bad_request("RESULT_ID_DUPLICATE")
    next_offset = parameters.text("next_offset")
    if len(next_offset.encode()) > limits.MAX_OFFSET_BYTES:
        raise bad_request("NEXT_OFFSET_INVALID")
    answer = {
        "results": results,
        "next_offset": next_offset,
        "cache_time": parameters.integer("cache_time", 300),
        "is_personal": parameters.flag("is_personal"),
        "button": _button(parameters),
    }
    call.parts.inline_queries.answer(parameters.text("inline_query_id"), answer)
    return True


async def answer_guest_query(call: Call) -> Json:
    """Sends the one message that a guest may; it has an id for inline messages alone."""
    given = call.parameters.decoded("result", dict)
    if given is None:
        raise bad_request("result is not specified")
    call.parts.guest_queries.answer(call.parameters.text("guest_query_id"), _result(given))
    return {"inline_message_id": secrets.token_urlsafe(16)}


def _result(given: Any) -> Json:
    """An InlineQueryResultArticle with the message that it stands for: the fields `text`, `entities` and
    `reply_markup` of it under `message`. The other kinds are not played here."""
    if not isinstance(given, dict):
        raise bad_request("can't parse inline query result: expected an Object")
    if given.get("type") != "article":
        raise bad_request(
            f'can\'t parse inline query result: type "{given.get("type")}" is invalid'
        )
    id_, title = str(given.get("id", "")), str(given.get("title", ""))
    if not 1 <= len(id_.encode()) <= limits.MAX_RESULT_ID_BYTES:
        raise bad_request("RESULT_ID_INVALID")
    if not title:
        raise bad_request("can't parse inline query result: title must be non-empty")
    content = given.get("input_message_content")
    if not isinstance(content, dict):
        raise bad_request("can't parse inline query result: input message content is not specified")
    about = {"description": given["description"]} if given.get("description") else {}
    message = _text(Parameters(content, {})) | inline_keyboard(Parameters(given, {}))
    return {"id": id_, "title": title} | about | {"message": message}


def _text(content: Parameters) -> Json:
    """The fields `text` and `entities` of an InputTextMessageContent."""
    text, entities = formatted(content, "message_text", "entities")
    if not text:
        raise bad_request("message text is empty")
    if utf16_length(text) > limits.MAX_TEXT:
        raise bad_request("message is too long")
    return {"text": text} | ({"entities": entities} if entities else {})


def _button(parameters: Parameters) -> Json | None:
    """The button above the results: it leads to the private chat with the bot."""
    button: Json | None = parameters.decoded("button", dict)
    if button is None:
        return None
    start = str(button.get("start_parameter", ""))
    if not limits.START_PARAMETER.fullmatch(start):
        raise bad_request("START_PARAM_INVALID")
    return {"text": str(button.get("text", "")), "start_parameter": start}


METHODS: dict[str, Callable[[Call], Awaitable[Any]]] = {
    "answerInlineQuery": answer_inline_query,
    "answerGuestQuery": answer_guest_query,
}
