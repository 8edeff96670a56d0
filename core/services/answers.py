"""Answers that were given, kept for the buttons under them."""

from __future__ import annotations

from core.ports import Answers


class AnswerService:
    """The use cases of answers; said : the chat layer's JSON."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    async def keep(self, chat_id: int, said: str) -> int:
        """Keeps an answer; its number in buttons."""
        return await self._answers.add(chat_id, said)

    async def find(self, chat_id: int, number: int) -> str | None:
        """The chat's answer of this number, None where it was forgotten."""
        return await self._answers.find(chat_id, number)
