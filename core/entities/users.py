"""Telegram users as the bot knows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


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


@dataclass(frozen=True, slots=True)
class Consent:
    """A person agreed that photos are kept. version : of the text that they read. at : when, in UTC."""

    version: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Usage:
    """What is kept of a person, or of all. megabytes : of photos, a million bytes each, rounded up."""

    datasets: int
    photos: int
    megabytes: int
    models: int


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that may be kept, set by the operator.

    datasets, models, photos, megabytes : of one person; models without the baseline.
    queued_fits : of one person, beside the one that runs.
    total_megabytes : of all photos together; 0 for what the disk holds.
    free_megabytes : below so much free disk nothing new is taken.
    """

    datasets: int = 20
    models: int = 100
    photos: int = 100_000
    megabytes: int = 4_000
    queued_fits: int = 3
    total_megabytes: int = 0
    free_megabytes: int = 200
