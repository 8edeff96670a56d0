"""Users: their language, and the question that the bot has asked them."""

from __future__ import annotations

from core.entities import User
from core.ports import Users


class UserService:
    """The users' use cases."""

    def __init__(self, users: Users) -> None:
        self._users = users

    async def meet(self, user_id: int, language: str) -> User:
        """The user; a new one is created with this language."""
        return await self._users.get(user_id, language)

    async def see(self, user_id: int) -> None:
        """The user wrote today: an account that is used is not deleted."""
        await self._users.see(user_id)

    async def set_language(self, user_id: int, language: str) -> None:
        """Sets the language of the bot's answers, by its code: "en", "ru"."""
        await self._users.set_language(user_id, language)

    async def ask(self, user_id: int, question: str) -> None:
        """Stores the question that the user's next text answers."""
        await self._users.set_question(user_id, question)

    async def keep_teaching(self, user_id: int, teaching: str | None) -> None:
        """Stores what is being taught; None for nothing."""
        await self._users.set_teaching(user_id, teaching)

    async def teaching(self) -> tuple[User, ...]:
        """The users who are teaching something."""
        return await self._users.teaching()

    async def keep_zips(self, user_id: int, zips: str | None) -> None:
        """Stores the ZIPs that wait to be read; None for none."""
        await self._users.set_zips(user_id, zips)

    async def with_zips(self) -> tuple[User, ...]:
        """The users who have such ZIPs."""
        return await self._users.with_zips()

    async def forget_question(self, user_id: int) -> None:
        """Drops the question, if there is one: the next text answers nothing."""
        await self._users.set_question(user_id, None)
