"""Groups: chats of several people, in which one model answers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GroupSet:
    """The dataset that a group teaches. owner_name : as the owner was shown in the group."""

    owner_id: int
    owner_name: str
    dataset_id: int


@dataclass(frozen=True, slots=True)
class Group:
    """A group as the bot knows it.

    own : the group's set; None where it has none. follows : True where the set's model answers as soon as there is one,
    False where another was chosen. is_open : True where everybody may choose the model, False where admins may.
    """

    id: int
    title: str = ""
    own: GroupSet | None = None
    follows: bool = False
    is_open: bool = True
