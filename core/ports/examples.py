"""The ports of single examples, and of what is known of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from core.entities import Dataset, Edit, Example, LastEdit, Search


class Examples(Protocol):
    """Single examples, and the edits that change them. Each method is one edit: one transaction, one
    batch for `undo`, the dataset's next version, which is returned.

    `ids` name examples of the dataset; others are passed over. Every method raises DatasetNotFound;
    an edit that would change nothing raises NothingToChange.
    """

    async def find(self, owner_id: int, dataset_id: int, ids: Sequence[int]) -> tuple[Example, ...]:
        """Those of the examples that are there, in the order of their ids. No edit."""

    async def of_class(
        self, owner_id: int, dataset_id: int, label: str, first: int = 0, most: int | None = None
    ) -> tuple[Example, ...]:
        """The examples of a class in the order of their ids, from the place `first` on, counted from 0;
        at most `most` of them, None for all. No edit."""

    async def relabel(
        self, owner_id: int, dataset_id: int, ids: Sequence[int], label: str
    ) -> Dataset:
        """Gives the examples another class, and with them the others of the same photos in the
        dataset: of two classes the one given last wins. Raises LabelInvalid."""

    async def move(
        self, owner_id: int, dataset_id: int, ids: Sequence[int], to_dataset_id: int
    ) -> Dataset:
        """Moves the examples to another dataset of the owner's, under their ids and classes: an edit
        of both. What is there already under the same class is not doubled. The other dataset is
        returned."""

    async def remove(self, owner_id: int, dataset_id: int, ids: Sequence[int]) -> Dataset:
        """Takes the examples out. Their photos stay until they are tidied away, for `undo`."""

    async def set_test(
        self, owner_id: int, dataset_id: int, ids: Sequence[int] | None, *, is_test: bool
    ) -> Dataset:
        """Puts the examples, None for all, into the test set or back into the training set."""

    async def rename_class(
        self, owner_id: int, dataset_id: int, label: str, new_label: str
    ) -> Dataset:
        """Renames a class; where the new name is another class, the two become one.
        Raises LabelInvalid."""

    async def last_edit(self, owner_id: int, dataset_id: int) -> LastEdit | None:
        """What `undo` would take back; None where it would raise NothingToUndo."""

    async def undo(
        self,
        owner_id: int,
        dataset_id: int,
        number: int | None = None,
        request: int | None = None,
    ) -> Dataset:
        """Takes the last batch back that was not taken back yet, as an edit of its own; a move in both
        datasets, and wherever else its examples have been moved since.

        number : of the edit that is meant, None for whichever is the last. request : the owner's number for
        this wish, which is fulfilled once.

        Raises NothingToUndo: for the edit that made the dataset, and for one whose photos have been
        tidied away. Raises EditNotLast where another edit than `number` is the last, and AlreadyUndone where
        the request was fulfilled.
        """

    async def history(self, owner_id: int, dataset_id: int) -> tuple[Edit, ...]:
        """The edits, newest first."""


class Confirmations(Protocol):
    """Examples whose owner looked at them and said that the class is right. No edits."""

    async def add(self, owner_id: int, dataset_id: int, ids: Sequence[int]) -> None:
        """Notes that these examples are rightly of the classes that they have; ids that name no example
        of the dataset are passed over. Raises DatasetNotFound."""

    async def ids(self, owner_id: int, dataset_id: int) -> frozenset[int]:
        """The examples that have a class under which they were confirmed. One that was removed is
        forgotten. Raises DatasetNotFound."""


class Searches(Protocol):
    """What the last search of a dataset for mislabelled photos found. No edits."""

    async def keep(self, owner_id: int, dataset_id: int, search: Search) -> None:
        """Keeps it in place of the one before. Raises DatasetNotFound."""

    async def last(self, owner_id: int, dataset_id: int) -> Search | None:
        """The last one; None where there was none. Raises DatasetNotFound."""
