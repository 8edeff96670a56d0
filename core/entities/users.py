"""Telegram users as the bot knows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class User:
    """A Telegram user.

    question : what the bot waits for an answer to. teaching : what is being taught in the private chat. Both are
    the chat layer's JSON.
    """

    id: int
    language: str
    dataset_id: int | None = None
    question: str | None = None
    teaching: str | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """A person agreed that photos are kept. version : of the text that they read. at : when, in UTC."""

    version: str
    at: datetime
