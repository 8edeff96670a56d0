"""The paths in a worker's answers: nothing but what it wrote may be opened, moved or sent by them; and a node's
paths are not the bot's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

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


def with_paths(answer: Any, change: Callable[[Path], Path]) -> Any:
    """The answer with other paths."""

    def text(path: str) -> str:
        return str(change(Path(path)))

    match answer:
        case Path():
            return change(answer)
        case tuple():
            return tuple(with_paths(part, change) for part in answer)
        case Reading():
            return replace(
                answer,
                examples=text(answer.examples),
                photos=text(answer.photos),
                cache=text(answer.cache),
                regrouped=text(answer.regrouped),
            )
        case FittedModel():
            return replace(answer, path=text(answer.path))
        case LiveFit():
            return replace(answer, fitted=with_paths(answer.fitted, change))
        case Explanation():
            parts = (answer.heat_map, answer.nearest)
            heat_map, nearest = (with_paths(part, change) for part in parts)
            return replace(answer, heat_map=heat_map, nearest=nearest)
        case Lesson():
            return replace(answer, reading=with_paths(answer.reading, change))
        case _:
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
