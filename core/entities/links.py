"""Links by which owners share their models."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class LinkKind(StrEnum):
    """USE: people ask the owner's model, as it is now. COPY: they may also take a copy, which stays theirs."""

    USE = "use"
    COPY = "copy"


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a model, as its owner sees it.

    token : whoever has it may do what the kind says; 22 characters of base64url. people : how many use the
    model by this link. copies : how many were taken.
    """

    model_id: int
    kind: LinkKind
    token: str
    people: int = 0
    copies: int = 0


@dataclass(frozen=True, slots=True)
class Loan:
    """A chat in which a model answers that its user has by a link. name : the model's."""

    chat_id: int
    user_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The model that a chat used until it was taken away. name : "" where its owner's data are deleted.
    is_unshared : it is still there, but not for the person who chose it."""

    name: str
    is_unshared: bool = False
