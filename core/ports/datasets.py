"""The port of datasets, which consist of examples."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from core.entities import Dataset, Note, Reading, Skipped
from core.sealed import Key


class Datasets(Protocol):
    """Datasets with their image records. Names are unique per owner, in any case of letters."""

    async def create(self, owner_id: int, name: str, reading: Reading, job_id: int) -> Dataset:
        """Stores the dataset with the photos and examples of the reading, makes it the owner's
        current one and marks its job done: all or nothing.

        Raises NameTaken, NameInvalid, and JobCancelled if the job has ended already.
        """

    async def add(self, owner_id: int, dataset_id: int, reading: Reading, job_id: int) -> Dataset:
        """Adds the photos and examples of the reading as an edit; the dataset becomes current as its
        job is marked done, all or nothing.

        Raises DatasetNotFound, and JobCancelled if the job has ended already.
        """

    async def begin(
        self,
        owner_id: int,
        name: str,
        *,
        extends_baseline: bool = False,
        becomes_current: bool = True,
    ) -> Dataset:
        """Stores a dataset without examples, which can be taught; it becomes the owner's current one where that is
        wanted.

        Raises NameTaken, NameInvalid.
        """

    async def teach(
        self, owner_id: int, dataset_id: int, reading: Reading, *, becomes_current: bool = True
    ) -> tuple[Dataset, int]:
        """Adds a lesson's examples, which are of one class, as an edit; the dataset becomes current where that is
        wanted. A photo that is there under other classes goes to the lesson's: of two classes the one given last wins;
        one of the test set is to be learned from now on.
        Returns the dataset, and how many examples are new or changed.

        Raises DatasetNotFound, and NothingToChange where all is known already.
        """

    async def refuse(self, owner_id: int, dataset_id: int, reading: Reading) -> Dataset:
        """Makes the photos of the reading negatives, none of the dataset's classes, as an edit; the dataset
        becomes current. They are examples of it no more, and negatives until they are taught as a class.

        Raises DatasetNotFound, and NothingToChange where all are negatives already.
        """

    async def negatives(self, owner_id: int, dataset_id: int) -> tuple[str, ...]:
        """The digests of the dataset's negatives, in the order in which they came. Raises DatasetNotFound."""

    async def get(self, owner_id: int, dataset_id: int) -> Dataset:
        """Raises DatasetNotFound."""

    async def list(self, owner_id: int) -> tuple[Dataset, ...]:
        """Newest first."""

    async def write_listing(
        self, owner_id: int, dataset_id: int, out: Path, key: Key | None = None
    ) -> None:
        """Writes the dataset's examples to a file for workers, in the order in which they were added; it is
        sealed where there is a key.

        Its form is that of `core.datasets.listing`. Raises DatasetNotFound.
        """

    async def last_reading(
        self, owner_id: int, dataset_id: int
    ) -> tuple[tuple[Skipped, ...], tuple[Note, ...], float]:
        """What the last reading of an archive left out and noted, and its seconds.
        Raises DatasetNotFound."""

    async def rename(self, owner_id: int, dataset_id: int, name: str) -> Dataset:
        """Raises DatasetNotFound, NameTaken, NameInvalid."""

    async def set_sheet(self, owner_id: int, dataset_id: int, sheet: str) -> None:
        """Raises DatasetNotFound."""

    async def delete(self, owner_id: int, dataset_id: int) -> None:
        """Deletes the dataset; its models stay. If it was current, the newest other one becomes current.
        Its photos are the next that `Files.tidy` deletes, those moved here from other datasets too.

        Raises DatasetNotFound, and AlreadyRunning while a job of the owner's may need it.
        """
