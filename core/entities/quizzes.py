"""Quizzes: a photo of a dataset, and some classes to choose from."""

from __future__ import annotations

from dataclasses import dataclass

BOT_PLAYER = 0
"""The number of the bot among the players."""


@dataclass(frozen=True, slots=True)
class Question:
    """A photo, and the classes that it may show, in the order in which they are offered.

    owner_id : whose the model and the dataset are. dataset : its name. label : the photo's class in the
    dataset, which is one of the options.
    """

    owner_id: int
    model_id: int
    dataset_id: int
    dataset: str
    example_id: int
    sha256: str
    label: str
    options: tuple[str, ...]

    @property
    def correct(self) -> int:
        """The number of the right option, from 0."""
        return self.options.index(self.label)


@dataclass(frozen=True, slots=True)
class Vote:
    """A player's answer: the number of an option, from 0."""

    voter_id: int
    name: str
    option: int


@dataclass(frozen=True, slots=True)
class PlayerScore:
    """How often a player was right in a chat."""

    player_id: int
    name: str
    points: int
