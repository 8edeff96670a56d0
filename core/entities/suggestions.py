"""Suggestions: photos that people offer for a class of somebody else's dataset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Person:
    """A Telegram user, by the name that they show to others."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Place:
    """The group in which photos are suggested. thread_id : the topic there, where it has topics."""

    chat_id: int
    title: str
    thread_id: int | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Photos of one person for one class, which wait for the owner of the dataset.

    place : None where they do not come from a group, as corrections to a shared model. photos : how many wait.
    last : the number of the newest photo. asked : the message to the owner that asks; None before there is one.
    """

    id: int
    owner_id: int
    dataset_id: int
    person: Person
    label: str
    place: Place | None
    photos: int
    last: int
    asked: int | None = None


@dataclass(frozen=True, slots=True)
class NewPhoto:
    """A photo to be suggested: a file named by the SHA-256 of its bytes.

    name : as the example is to be called. message_id : in the group; None where there is none.
    """

    path: Path
    name: str
    bytes: int
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class SuggestedPhoto:
    """A photo that waits. file : the digest of its bytes, by which `Files.read` finds them with the owner."""

    id: int
    file: str
    name: str
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class Contribution:
    """How many photos of a class a person suggested that are in the dataset now.

    person : None for the owner, and for what came in other ways; the id is 0 once the person's data is deleted.
    """

    label: str
    person: Person | None
    photos: int


@dataclass(frozen=True, slots=True)
class Pending:
    """How many suggested photos wait for an owner, and their bytes."""

    photos: int
    bytes: int


@dataclass(frozen=True, slots=True)
class SuggestionLimits:
    """The most photos that may wait for one owner: from one person, and from all."""

    of_person: int = 100
    of_all: int = 1000


def messages_of(photos: Sequence[SuggestedPhoto]) -> tuple[int, ...]:
    """The messages of the photos in their group, in order, each once."""
    found = (photo.message_id for photo in photos if photo.message_id is not None)
    return tuple(dict.fromkeys(found))
