"""The ports of chats and groups: which model answers there, and what it answered."""

from __future__ import annotations

from typing import Protocol

from core.entities import Group, Lost, Model, Person


class Chats(Protocol):
    """The model that each chat predicts with. Private chats have their user's id."""

    async def active_model(self, chat_id: int, default: Model) -> Model | None:
        """The model that the chat predicts with, whoever owns it: in a group, the one that a member
        chose. The default where nothing was chosen; None where the model was deactivated."""

    async def activate(self, chat_id: int, user_id: int, model_id: int) -> None:
        """The user's choice. Raises ModelNotFound if the model is neither theirs nor shared with them."""

    async def deactivate(self, chat_id: int) -> bool:
        """Deactivates the chat's model, the default too. False if there was none."""

    async def reset(self, chat_id: int) -> None:
        """Makes the default the chat's model again."""

    async def take_lost(self, chat_id: int) -> Lost | None:
        """The chat's model that was deleted, or is not shared any more, so that the default is its model again;
        None where there is none, or it was asked for already."""

    async def move(self, old_id: int, new_id: int) -> None:
        """The chat has a new id: its choice moves there, unless one was made there already."""


class Groups(Protocol):
    """What is kept of a group beside the model that it uses. Ids of groups are negative."""

    async def get(self, chat_id: int) -> Group:
        """The group; one of which nothing is kept has no set, and everybody chooses its model."""

    async def see(self, chat_id: int, title: str) -> None:
        """Notes the group and its title. Nothing below changes a group that was never noted."""

    async def set_own(self, chat_id: int, owner: Person, dataset_id: int) -> None:
        """The group teaches this dataset from now on, whose model answers. Raises DatasetNotFound if it is not the
        owner's."""

    async def drop_own(self, chat_id: int) -> None:
        """The group teaches no dataset any more; the dataset stays."""

    async def set_follows(self, chat_id: int, *, follows: bool) -> None:
        """Notes whether the model of the group's own set answers as soon as there is one."""

    async def set_open(self, chat_id: int, *, is_open: bool) -> None:
        """Notes whether everybody may choose the model."""

    # Of a group for which somebody chose the model who has it by a link, its owner is told the number alone.

    async def using_model(self, owner_id: int, model_id: int) -> tuple[Group, ...]:
        """The groups in which the owner's model answers, by title."""

    async def using_models(self, owner_id: int) -> tuple[Group, ...]:
        """The groups in which any of the owner's models answers, by title."""

    async def using_dataset(self, owner_id: int, dataset_id: int) -> tuple[Group, ...]:
        """The groups that teach the owner's dataset, and those in which its live model answers, by title."""

    async def using_account(self, owner_id: int) -> tuple[Group, ...]:
        """The groups that use any model or dataset of the owner's, by title."""

    async def move(self, old_id: int, new_id: int) -> None:
        """The group has a new id: all moves there, unless a set was begun there already."""


class Answers(Protocol):
    """What was answered to photos, as the chat layer's JSON. The newest of each chat are kept."""

    async def add(self, chat_id: int, said: str) -> int:
        """Keeps an answer; its number."""

    async def find(self, chat_id: int, number: int) -> str | None:
        """The chat's answer of this number, None where it was forgotten."""
