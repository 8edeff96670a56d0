"""Inline keyboards: checked as Telegram checks them."""

from __future__ import annotations

from typing import Any

from bot.playground.errors import bad_request
from bot.playground.limits import MAX_BUTTONS, MAX_BUTTONS_IN_ROW, MAX_CALLBACK_DATA_BYTES
from bot.playground.parameters import Parameters

Json = dict[str, Any]
_ACTIONS = {"callback_data", "url", "switch_inline_query_current_chat", "copy_text"}


def inline_keyboard(parameters: Parameters) -> Json:
    """The `reply_markup` field of a message: {} without an inline keyboard. Raises ApiError."""
    markup = parameters.decoded("reply_markup", dict) or {}
    rows = markup.get("inline_keyboard")
    if not rows:
        return {}
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
