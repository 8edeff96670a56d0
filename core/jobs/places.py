"""The paths in a worker's answers: nothing but what it wrote may be opened, moved or sent by them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from core.entities import Explanation, FittedModel, Lesson, LiveFit, Reading
from core.errors import ResultUnreadable

T = TypeVar("T")


def inside(folder: Path, answer: T) -> T:
    """The answer, all of whose paths lead into the folder. Raises ResultUnreadable if one does not."""
    home = folder.resolve()
    for path in _paths_in(answer):
        if not Path(path).resolve().is_relative_to(home):
            raise ResultUnreadable("a path that leads out of the task's folder")
    return answer


def _paths_in(answer: object) -> Iterator[str | Path]:
    match answer:
        case Path():
            yield answer
        case tuple():
            for part in answer:
                yield from _paths_in(part)
        case Reading():
            yield from (answer.examples, answer.photos, answer.cache, answer.regrouped)
        case FittedModel():
            yield answer.path
        case LiveFit():
            yield answer.fitted.path
        case Explanation():
            yield from answer.pictures
        case Lesson():
            yield from _paths_in(answer.reading)
