"""Single examples of a dataset: corrected, moved, removed, and all of it undone."""

from __future__ import annotations

from collections.abc import Sequence

from core.entities import Dataset, Edit, Example, LastEdit
from core.errors import NothingToUndo
from core.ports import Examples


class ExampleService:
    """The use cases of single examples.

    Each change is an edit, which makes the dataset's next version; that is returned. Ids that name no
    example of the dataset are passed over.
    """

    def __init__(self, examples: Examples) -> None:
        self._examples = examples

    async def find(self, owner_id: int, dataset_id: int, ids: Sequence[int]) -> tuple[Example, ...]:
        """Those of the examples that are there, in the order of their ids. Raises DatasetNotFound."""
        return await self._examples.find(owner_id, dataset_id, ids)

    async def relabel(
        self, owner_id: int, dataset_id: int, ids: Sequence[int], label: str
    ) -> Dataset:
        """Gives examples another class, which no later upload changes.

        Raises DatasetNotFound, LabelInvalid, NothingToChange.
        """
        return await self._examples.relabel(owner_id, dataset_id, ids, label)

    async def move(
        self, owner_id: int, dataset_id: int, ids: Sequence[int], to_dataset_id: int
    ) -> Dataset:
        """Moves examples to another dataset of the owner's, which is returned.

        Raises DatasetNotFound, NothingToChange.
        """
        return await self._examples.move(owner_id, dataset_id, ids, to_dataset_id)

    async def remove(self, owner_id: int, dataset_id: int, ids: Sequence[int]) -> Dataset:
        """Removes examples. Their photos leave the disk when this can't be undone any more
        (`core.services.housekeeping.UNDO_KEPT_S`).

        Raises DatasetNotFound, NothingToChange.
        """
        return await self._examples.remove(owner_id, dataset_id, ids)

    async def set_test(
        self, owner_id: int, dataset_id: int, ids: Sequence[int] | None = None, *, is_test: bool
    ) -> Dataset:
        """Puts examples, None for all, into the test set or back into the training set.

        Raises DatasetNotFound, NothingToChange.
        """
        return await self._examples.set_test(owner_id, dataset_id, ids, is_test=is_test)

    async def rename_class(
        self, owner_id: int, dataset_id: int, label: str, new_label: str
    ) -> Dataset:
        """Renames a class, or merges it into another one of that name.

        Raises DatasetNotFound, LabelInvalid, NothingToChange.
        """
        return await self._examples.rename_class(owner_id, dataset_id, label, new_label)

    async def remove_class(self, owner_id: int, dataset_id: int, label: str) -> Dataset:
        """Removes all examples of a class, as `remove` does. Raises DatasetNotFound, NothingToChange."""
        examples = await self._examples.of_class(owner_id, dataset_id, label)
        return await self.remove(owner_id, dataset_id, [example.id for example in examples])

    async def last_edit(self, owner_id: int, dataset_id: int) -> LastEdit:
        """What `undo` would undo. Raises DatasetNotFound, and NothingToUndo as it does."""
        last = await self._examples.last_edit(owner_id, dataset_id)
        if last is None:
            raise NothingToUndo
        return last

    async def undo(
        self,
        owner_id: int,
        dataset_id: int,
        number: int | None = None,
        request: int | None = None,
    ) -> Dataset:
        """Undoes the last edit that was not undone yet; a move is undone in both datasets.

        number : of the edit that is meant, None for whichever is the last. request : the owner's number for
        this wish, which is fulfilled once; None where `number` tells what is meant.

        Raises DatasetNotFound, AlreadyUndone where the request was fulfilled, EditNotLast where another edit
        is the last, and NothingToUndo for the upload that made the dataset and for an edit whose photos have
        left the disk.
        """
        return await self._examples.undo(owner_id, dataset_id, number, request)

    async def history(self, owner_id: int, dataset_id: int) -> tuple[Edit, ...]:
        """The edits, newest first. Raises DatasetNotFound."""
        return await self._examples.history(owner_id, dataset_id)
