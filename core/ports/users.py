"""The port of users: their language, and what they are in the middle of."""

from __future__ import annotations

from typing import Protocol

from core.entities import User


class Users(Protocol):
    """The people who have written to the bot, by their Telegram ids."""

    async def get(self, user_id: int, language: str) -> User:
        """The user; a new one is created with this language."""

    async def see(self, user_id: int) -> None:
        """Notes that the user wrote today; an account that is used is not deleted."""

    async def set_language(self, user_id: int, language: str) -> None:
        """Sets the language of the bot's answers, by its code: "en", "ru"."""

    async def set_dataset(self, user_id: int, dataset_id: int | None) -> None:
        """Chooses the dataset that commands work on. Raises DatasetNotFound if it is not the user's."""

    async def set_question(self, user_id: int, question: str | None) -> None:
        """Stores the question that the user's next text answers, as the chat layer's JSON; None for
        none."""

    async def set_zips(self, user_id: int, zips: str | None) -> None:
        """Stores the ZIPs that wait to be read; None for none."""

    async def with_zips(self) -> tuple[User, ...]:
        """The users who have such ZIPs."""

    async def set_teaching(self, user_id: int, teaching: str | None) -> None:
        """Stores what is being taught, as the chat layer's JSON; None for nothing."""

    async def teaching(self) -> tuple[User, ...]:
        """The users who are teaching something."""
