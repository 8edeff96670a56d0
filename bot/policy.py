"""What the operator decided about people and their data."""

from __future__ import annotations

from dataclasses import dataclass

CONSENT_VERSION = "2026-12"
"""Of the text `consent.ask`; a change of what is promised there needs a new one, and everyone is asked again."""


@dataclass(frozen=True)
class Policy:
    """asks_consent : whether a person is asked before the first photo of theirs is kept. contact : whom they ask
    about their data, "" where nobody is named. allowed_users : who is served; everybody where nobody is named.
    admins : who may look after the bot in the chat. retention_days : an account unused for so long is deleted; 0: never.
    guest_mode : whether photos are answered in chats where the bot is no member.
    """

    asks_consent: bool = False
    contact: str = ""
    retention_days: int = 0
    allowed_users: tuple[int, ...] = ()
    admins: tuple[int, ...] = ()
    guest_mode: bool = False


DEFAULT_POLICY = Policy()
