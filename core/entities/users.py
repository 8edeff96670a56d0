"""Telegram users as the bot knows them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class User:
    """A Telegram user.

    question : what the bot waits for an answer to. teaching : what is being taught in the private chat.
    zips : those that wait there to be read. All are the chat layer's JSON.
    """

    id: int
    language: str
    dataset_id: int | None = None
    question: str | None = None
    teaching: str | None = None
    zips: str | None = None
