"""What one person may keep, and what the disk takes."""

from __future__ import annotations

import errno
from dataclasses import dataclass

from core.errors.base import LukoshkoError


@dataclass(eq=False)
class QuotaExceeded(LukoshkoError):
    """You have {have} {what}, and {limit} is the most: remove some first."""

    what: str
    have: int
    limit: int


@dataclass(eq=False)
class NoRoom(LukoshkoError):
    """There is no room for anything new now: the disk is nearly full. What you have is safe."""


@dataclass(eq=False)
class NothingKept(LukoshkoError):
    """Nothing can be kept now: the disk takes no changes. What you have is safe: try again later."""


@dataclass(eq=False)
class FilesAway(LukoshkoError):
    """The place where photos and models are kept can't be reached now: nothing is lost, try again later
    (reference {reference})."""

    reference: str


# Of a disk without room, and of a person who may use no more of it.
_FULL = (errno.ENOSPC, errno.EDQUOT)


def error_of_disk(error: BaseException) -> LukoshkoError | None:
    """The error that says what is wrong with the disk, where that is what the system complains of; itself
    where it is one."""
    if isinstance(error, (NoRoom, NothingKept)):
        return error
    number = error.errno if isinstance(error, OSError) else None
    if number in _FULL:
        return NoRoom()
    return NothingKept() if number == errno.EROFS else None
