"""The port of accounts: what a person agreed to, and all that is kept of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Protocol

from core.entities import Consent, Usage, User


class Accounts(Protocol):
    """What a person agreed to, all that is kept of them, and its end."""

    async def consent(self, user_id: int) -> Consent | None:
        """What the person agreed to; None if to nothing, or if they took it back."""

    async def agree(self, user_id: int, version: str) -> None:
        """Notes the consent, with the version of the text and the moment."""

    async def revoke(self, user_id: int) -> None:
        """Takes the consent back."""

    async def write_record(self, user_id: int, out: Path) -> None:
        """Writes all rows about the person, without the bytes of photos and models, as one JSON object
        of lists."""

    async def usage(self, user_id: int | None = None) -> Usage:
        """What is kept of the person, or of all people; photos that only an undo could want count no more."""

    async def users(self) -> tuple[User, ...]:
        """Everybody who wrote, by number."""

    async def ban(self, user_id: int) -> None:
        """The person is not served any more; their data stays, but nobody uses it by their links. Survives the
        deletion of the account."""

    async def unban(self, user_id: int) -> bool:
        """The person is served again; False if they were not banned."""

    async def banned(self) -> frozenset[int]:
        """The numbers of those who are not served."""

    async def delete(self, user_id: int) -> None:
        """Deletes all that is kept of the person: rows, photos, what was computed from them, models, and
        their updates in the journal. Chats of others that used one of the models go back to the default.
        Nothing of them may be running. Of an unknown user does nothing."""

    async def unseen(self, since: date) -> tuple[User, ...]:
        """Users who wrote last before this day and were not told that their account will be deleted."""

    async def set_told(self, user_id: int, on: date) -> None:
        """Notes the day on which the user was told."""

    async def told(self, before: date) -> tuple[User, ...]:
        """Users who were told before this day and have not written since."""
