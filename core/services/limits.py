"""Limits on what may be kept, and on what can be trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from core.entities import Dataset, Limits, Usage
from core.errors import DatasetEmpty, NoRoom, QuotaExceeded, TooFewClasses, TooFewPhotos
from core.ports import Accounts, Files
from core.registry import MIN_PHOTOS_PER_CLASS


class Shares:
    """What each person, and all together, may keep."""

    def __init__(self, limits: Limits, accounts: Accounts, files: Files) -> None:
        self.limits = limits
        self._accounts = accounts
        self._files = files

    async def usage(self, user_id: int) -> Usage:
        """What is kept of the person."""
        return await self._accounts.usage(user_id)

    async def free_megabytes(self) -> int:
        """How much more the disk holds."""
        return await self._files.free_megabytes()

    async def check(
        self, user_id: int, *, datasets: int = 0, models: int = 0, photos: int = 0, bytes_: int = 0
    ) -> None:
        """Checks that there is room for so much more. Raises QuotaExceeded, NoRoom."""
        used = await self._accounts.usage(user_id)
        wanted = Usage(datasets, photos, -(-bytes_ // 1_000_000), models)
        for what, more in asdict(wanted).items():
            have, limit = getattr(used, what), getattr(self.limits, what)
            if more and have + more > limit:
                raise QuotaExceeded(what=what, have=have, limit=limit)
        await self._check_disk(wanted.megabytes)

    async def check_upload(self, user_id: int, bytes_: int) -> None:
        """Checks, before so many bytes are fetched, that there is room for their photos and, while they are read, for
        the ZIP itself. Raises QuotaExceeded, NoRoom."""
        await self.check(user_id, photos=1, bytes_=bytes_)
        if await self._files.free_scratch_megabytes() < -(-bytes_ // 1_000_000):
            raise NoRoom

    async def _check_disk(self, megabytes: int) -> None:
        limits = self.limits
        if await self._files.free_megabytes() - megabytes < limits.free_megabytes:
            raise NoRoom
        if limits.total_megabytes:
            total = await self._accounts.usage()
            if total.megabytes + megabytes > limits.total_megabytes:
                raise NoRoom


def check_not_empty(dataset: Dataset) -> None:
    """Raises DatasetEmpty for a dataset without a photo, as one that was only named."""
    if not dataset.images:
        raise DatasetEmpty(name=dataset.name)


def check_trainable(dataset: Dataset) -> None:
    """Raises DatasetEmpty, and what `check_enough` raises."""
    check_not_empty(dataset)
    check_enough(dataset.training_classes)


def check_enough(classes: Mapping[str, int]) -> None:
    """Checks that a model can be trained on classes with so many photos each, duplicates counted.

    The fit checks again, without duplicates. Raises TooFewClasses, TooFewPhotos.
    """
    if len(classes) < 2:
        raise TooFewClasses(label=next(iter(classes), ""))
    few = {label: count for label, count in classes.items() if count < MIN_PHOTOS_PER_CLASS}
    if few:
        raise TooFewPhotos.of(few, MIN_PHOTOS_PER_CLASS)
