"""Who the user is, which language they read, and what the bot has asked them."""

from __future__ import annotations

from core.entities import User
from core.ports import Users


class UserService:
    def __init__(self, users: Users) -> None:
        self._users = users

    async def meet(self, user_id: int, language: str) -> User:
        """The user as they are known; at the first meeting with this language."""
        return await self._users.get(user_id, language)

    async def set_language(self, user_id: int, language: str) -> None:
        await self._users.set_language(user_id, language)

    async def ask(self, user_id: int, question: str) -> None:
        """Remembers what the next text of the user will answer."""
        await self._users.set_question(user_id, question)

    async def forget_question(self, user_id: int) -> None:
        await self._users.set_question(user_id, None)
