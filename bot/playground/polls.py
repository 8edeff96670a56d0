"""sendPoll and stopPoll: regular polls and quizzes, anonymous or not, open for a while or until they
are stopped."""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any

from bot.playground import limits
from bot.playground.call import Call, formatted
from bot.playground.errors import bad_request
from bot.playground.markup import inline_keyboard, reply_markup
from bot.playground.parameters import Parameters
from bot.playground.sending import media_content, publish
from bot.playground.world import Json


async def send_poll(call: Call) -> Json:
    """Sends a poll with 1 to 12 options; a quiz has at least one correct option."""
    chat, markup = call.chat(), reply_markup(call.parameters)
    poll = _poll(call.parameters)
    reply = call.reply(chat)
    call.spend(chat["id"])
    content = {"poll": poll | await _media(call)} | markup.content | reply
    (message,) = publish(call, chat, [content], markup.reply_keyboard)
    call.parts.ballots.watch(message)
    return message


async def stop_poll(call: Call) -> Json:
    """Closes a poll of the bot's and returns it; the keyboard is removed unless a new one is given."""
    message = call.message("stop", "message with poll")
    keyboard = inline_keyboard(call.parameters)
    if "poll" not in message:
        raise bad_request("message is not a poll")
    if not call.is_own(message):
        raise bad_request("poll can't be stopped")
    if message["poll"]["is_closed"]:
        raise bad_request("poll has already been closed")
    call.spend(message["chat"]["id"])
    kept = {key: value for key, value in message.items() if key != "reply_markup"}
    poll: Json = call.parts.ballots.close(kept | keyboard)["poll"]
    return poll


def _poll(parameters: Parameters) -> Json:
    options = _options(parameters)
    kind = parameters.text("type") or "regular"
    if kind not in ("regular", "quiz"):
        raise bad_request("unsupported poll type specified")
    several = parameters.flag("allows_multiple_answers")
    return {
        "id": str(secrets.randbits(62)),
        "question": _text(parameters, "question", "poll question", limits.MAX_QUESTION),
        "options": options,
        "total_voter_count": 0,
        "is_closed": parameters.flag("is_closed"),
        "is_anonymous": parameters.flag("is_anonymous", default=True),
        "type": kind,
        "allows_multiple_answers": several,
        "allows_revoting": parameters.flag("allows_revoting", default=kind == "regular"),
        "members_only": False,
        **(_quiz(parameters, len(options), several) if kind == "quiz" else {}),
        **_time(parameters),
    }


async def _media(call: Call) -> Json:
    """The pictures of the poll and of its explanation; {} without them."""
    names = [name for name in ("media", "explanation_media") if name in call.parameters]
    return {name: await _picture(call, name) for name in names}


async def _picture(call: Call, name: str) -> Json:
    """A PollMedia from an InputMediaPhoto: the other kinds are not played here."""
    given = call.parameters.decoded(name, dict)
    if given.get("type") != "photo":
        raise bad_request(
            f'can\'t parse InputPollMedia: type "{given.get("type")}" is not supported'
        )
    return {"photo": (await media_content(call, given))["photo"]}


def _text(parameters: Parameters, name: str, noun: str, longest: int) -> str:
    """A text that has no entities: of all kinds Telegram takes custom emoji alone here."""
    text, _ = formatted(parameters, name, f"{name}_entities", f"{name}_parse_mode")
    if not text:
        raise bad_request("text must be non-empty")
    if len(text) > longest:
        raise bad_request(f"{noun} length must not exceed {longest}")
    return text


def _options(parameters: Parameters) -> list[Json]:
    given = parameters.decoded("options", list)
    if not given:
        raise bad_request("poll must have at least one answer option")
    if len(given) > limits.MAX_OPTIONS:
        raise bad_request(f"poll can't have more than {limits.MAX_OPTIONS} options")
    return [_option(option) for option in given]


def _option(given: Any) -> Json:
    """A PollOption from an InputPollOption; a string stands for one with this text."""
    option = {"text": given} if isinstance(given, str) else given
    if not isinstance(option, dict):
        raise bad_request("can't parse options JSON object")
    text = _text(Parameters(option, {}), "text", "poll options", limits.MAX_OPTION)
    return {"persistent_id": secrets.token_urlsafe(8), "text": text, "voter_count": 0}


def _quiz(parameters: Parameters, options: int, several: bool) -> Json:
    """The fields of a quiz: the numbers of its correct options, and what explains them."""
    correct = parameters.decoded("correct_option_ids", list)
    if correct is None and "correct_option_id" in parameters:
        correct = [parameters.integer("correct_option_id")]
    if not correct or not all(isinstance(n, int) and n in range(options) for n in correct):
        raise bad_request("wrong correct option ID specified")
    if len(correct) > 1 and not several:
        raise bad_request("QUIZ_CORRECT_ANSWERS_TOO_MUCH")
    return {"correct_option_ids": correct} | _explanation(parameters)


def _explanation(parameters: Parameters) -> Json:
    name = "explanation"
    text, entities = formatted(parameters, name, f"{name}_entities", f"{name}_parse_mode")
    lines = text.count("\n")
    if len(text) > limits.MAX_EXPLANATION or lines > limits.MAX_EXPLANATION_LINE_FEEDS:
        raise bad_request("message caption is too long")
    fields = {"explanation": text, "explanation_entities": entities}
    return {field: value for field, value in fields.items() if value}


def _time(parameters: Parameters) -> Json:
    """When the poll closes by itself: {} without `open_period` and `close_date`, of which the first
    has precedence. In seconds."""
    now = int(time.time())
    period_s, close_date = parameters.integer("open_period", 0), parameters.integer("close_date", 0)
    if not period_s and not close_date:
        return {}
    period_s = period_s or close_date - now
    if not limits.MIN_POLL_S <= period_s <= limits.MAX_POLL_S:
        shortest, longest = limits.MIN_POLL_S, limits.MAX_POLL_S
        raise bad_request(f"a poll must be open for {shortest} to {longest} seconds")
    return {"open_period": period_s, "close_date": now + period_s}


METHODS: dict[str, Callable[[Call], Awaitable[Any]]] = {
    "sendPoll": send_poll,
    "stopPoll": stop_poll,
}
