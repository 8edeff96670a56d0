"""Errors of Bot API calls, and of the user side's requests."""

from __future__ import annotations


class ApiError(Exception):
    """A failed Bot API call: HTTP status, Telegram's own text, and for 429 the seconds to wait."""

    def __init__(self, code: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(code, description, retry_after)
        self.code = code
        self.description = description
        self.retry_after = retry_after


class PlayError(Exception):
    """A request of the user side that can't be done: HTTP status and one sentence."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence, status)
        self.sentence = sentence
        self.status = status


def bad_request(reason: str) -> ApiError:
    """An ApiError 400 with Telegram's prefix "Bad Request: "."""
    return ApiError(400, f"Bad Request: {reason}")
