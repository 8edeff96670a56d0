"""Answers in memory."""

from __future__ import annotations


class MemoryAnswers:
    """Fulfils `core.ports.Answers`; forgets none."""

    def __init__(self) -> None:
        self._said: list[tuple[int, str]] = []

    async def add(self, chat_id: int, said: str) -> int:
        self._said.append((chat_id, said))
        return len(self._said)

    async def find(self, chat_id: int, number: int) -> str | None:
        if not 1 <= number <= len(self._said):
            return None
        chat, said = self._said[number - 1]
        return said if chat == chat_id else None
