"""The markup of messages, checked as Telegram checks it: inline keyboards, and reply keyboards.

An inline keyboard is a field of its message. A reply keyboard, its removal and a forced reply are
not: the Bot API's Message does not show them. The user side finds them beside the message, as the
event's `reply_keyboard`, in the Bot API's form (ReplyKeyboardMarkup, ReplyKeyboardRemove or
ForceReply, without the fields that are False).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.playground.errors import bad_request
from bot.playground.limits import (
    MAX_BUTTONS,
    MAX_BUTTONS_IN_ROW,
    MAX_CALLBACK_DATA_BYTES,
    MAX_COPY_TEXT,
    MAX_KEYS,
    MAX_KEYS_IN_ROW,
    MAX_PLACEHOLDER,
)
from bot.playground.parameters import Parameters

Json = dict[str, Any]
_ACTIONS = {"callback_data", "url", "switch_inline_query_current_chat", "copy_text"}
_REQUESTS = {
    "request_users",
    "request_chat",
    "request_managed_bot",
    "request_contact",
    "request_location",
    "request_poll",
    "web_app",
}
_OPTIONS = ("is_persistent", "resize_keyboard", "one_time_keyboard")


@dataclass(frozen=True, slots=True)
class Markup:
    """`content`: the message's field `reply_markup`, or {}; `reply_keyboard`: what stands beside it."""

    content: Json = field(default_factory=dict)
    reply_keyboard: Json | None = None


def reply_markup(parameters: Parameters) -> Markup:
    """The markup of a message to send. Raises ApiError where Telegram would reject it."""
    given = parameters.decoded("reply_markup", dict) or {}
    if given.get("keyboard"):
        return Markup(reply_keyboard=_keyboard(given))
    if given.get("inline_keyboard"):
        return Markup(content=_inline(given["inline_keyboard"]))
    for kind in ("remove_keyboard", "force_reply"):
        if given.get(kind) is True:
            placeholder = _placeholder(given) if kind == "force_reply" else {}
            return Markup(reply_keyboard={kind: True} | placeholder | _selective(given))
    return Markup()


def inline_keyboard(parameters: Parameters) -> Json:
    """The `reply_markup` field of an edited message: {} without a keyboard. Raises ApiError."""
    markup = reply_markup(parameters)
    if markup.reply_keyboard is not None:
        raise bad_request("inline keyboard expected")
    return markup.content


def _inline(rows: Any) -> Json:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request("can't parse reply keyboard markup JSON object")
    if sum(map(len, rows)) > MAX_BUTTONS or any(len(row) > MAX_BUTTONS_IN_ROW for row in rows):
        raise bad_request("REPLY_MARKUP_TOO_LONG")
    for row in rows:
        for button in row:
            _check(button)
    return {"reply_markup": {"inline_keyboard": rows}}


def _check(button: Any) -> None:
    if not isinstance(button, dict) or not isinstance(button.get("text"), str):
        reason = 'field "text" must be of type String'
        raise bad_request(f"can't parse inline keyboard button: {reason}")
    if not button["text"].strip():
        raise bad_request("inline keyboard button text is empty")
    if not any(button.get(action) for action in _ACTIONS):
        if "callback_data" in button:
            raise bad_request("BUTTON_DATA_INVALID")
        raise bad_request("text buttons are unallowed in the inline keyboard")
    if len(str(button.get("callback_data", "")).encode()) > MAX_CALLBACK_DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    if "copy_text" in button:
        _check_copy_text(button["copy_text"])


def _check_copy_text(given: Any) -> None:
    text = given.get("text") if isinstance(given, dict) else None
    if not isinstance(text, str) or not 1 <= len(text) <= MAX_COPY_TEXT:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")


def _keyboard(given: Json) -> Json | None:
    """A ReplyKeyboardMarkup, or None where no button has a text."""
    rows = given["keyboard"]
    must = 'field "keyboard" of the ReplyKeyboardMarkup must be an Array'
    if not isinstance(rows, list):
        raise bad_request(must)
    if not all(isinstance(row, list) for row in rows):
        raise bad_request(f"{must} of Arrays")
    shown = _shown([[_key(key) for key in row] for row in rows])
    if not shown:
        return None
    options = {name: True for name in _OPTIONS if given.get(name) is True}
    return {"keyboard": shown} | options | _placeholder(given) | _selective(given)


def _key(key: Any) -> Json:
    """A KeyboardButton; a string stands for one with this text."""
    if isinstance(key, str):
        return {"text": key}
    broken = "can't parse keyboard button"
    if not isinstance(key, dict):
        raise bad_request(f"{broken}: KeyboardButton must be a String or an Object")
    if "text" not in key:
        raise bad_request(f'{broken}: Can\'t find field "text"')
    if not isinstance(key["text"], str):
        raise bad_request(f'{broken}: Field "text" must be of type String')
    if any(key.get(request) for request in _REQUESTS):
        raise bad_request(f"{broken}: the playground knows buttons that send their text only")
    return key


def _shown(rows: list[list[Json]]) -> list[list[Json]]:
    """The rows without empty buttons, silently cut to Telegram's limits, as by Telegram."""
    shown, left = [], MAX_KEYS
    for row in rows:
        keys = [key for key in row if key["text"]][: min(MAX_KEYS_IN_ROW, left)]
        left -= len(keys)
        shown += [keys] if keys else []
    return shown


def _placeholder(given: Json) -> Json:
    placeholder = given.get("input_field_placeholder")
    if not placeholder:
        return {}
    if not isinstance(placeholder, str) or len(placeholder) > MAX_PLACEHOLDER:
        raise bad_request(f"input_field_placeholder must have 1 to {MAX_PLACEHOLDER} characters")
    return {"input_field_placeholder": placeholder}


def _selective(given: Json) -> Json:
    return {"selective": True} if given.get("selective") is True else {}
