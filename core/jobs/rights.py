"""The folders and files that a task may reach: those among its arguments."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.jobs.runner import Call
from core.jobs.tasks import TaskByName
from core.ports import DatasetFiles
from core.sealed import Stored

# The parameters of tasks that name what is written.
_WRITTEN = frozenset({"out", "cache"})


@dataclass(frozen=True)
class Rights:
    """What a process may read, and what it may read and write. A folder is meant with all that is in it."""

    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()


def rights_of(task: Any, arguments: Sequence[object]) -> Rights:
    """The rights that a task needs for its arguments: to write what its parameters `out` and `cache`
    name, and to read every other path.

    Of an `out` that is no folder yet it is the folder around it. A cache is made if it is not there.
    """
    if isinstance(task, Call):
        task, arguments = task.task, task.arguments
    function = task.function if isinstance(task, TaskByName) else task
    names = (name for name in inspect.signature(function).parameters if name != "report")
    named = [
        found
        for name, argument in zip(names, arguments, strict=False)
        for found in _paths_in(name, argument)
    ]
    return Rights(
        reads=tuple(str(path) for name, path in named if name not in _WRITTEN),
        writes=tuple(str(_folder_of(name, path)) for name, path in named if name in _WRITTEN),
    )


def paths_of(arguments: Iterable[object]) -> Iterator[Path]:
    """All paths among a task's arguments."""
    for argument in arguments:
        yield from (path for _, path in _paths_in("", argument))


def _paths_in(name: str, argument: object) -> Iterator[tuple[str, Path]]:
    match argument:
        case Path():
            yield name, argument
        case Stored():
            yield name, argument.path
        case DatasetFiles():
            yield "listing", Path(argument.listing)
            yield "photos", Path(argument.photos)
            yield "cache", Path(argument.cache)
        case list() | tuple():
            for part in argument:
                yield from _paths_in(name, part)


def _folder_of(name: str, path: Path) -> Path:
    if name == "cache":
        path.mkdir(parents=True, exist_ok=True)
    return path if path.is_dir() else path.parent
