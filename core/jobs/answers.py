"""What a worker says, as JSON that is read by the type that its task promises.

JSON runs no code, and every value is checked: what comes back is of the promised type or it is
ResultUnreadable. Size and number of values are bounded before anything is parsed, so that no answer
takes more than some hundred megabytes of the parent's memory for a moment.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache, reduce
from operator import or_
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, NoReturn, Protocol, Union, get_args, get_origin, get_type_hints

from cattrs.gen import make_dict_structure_fn
from cattrs.preconf.json import JsonConverter, make_converter

from core import errors
from core.errors import LukoshkoError, ResultUnreadable

MAX_BYTES = 32 * 1024**2
"""Of one message, result or error. The largest there are, the digests of 100 000 photos, take 7 MB."""

MAX_VALUES = 1_000_000
"""In one of them: an empty list takes two bytes of JSON and 64 of memory."""

MAX_DETAIL = 500
"""Characters that are told of what is wrong with an answer."""


@dataclass(frozen=True)
class Promise:
    """The types of what a task returns and of what it reports."""

    result: Any
    message: Any


class _Promising(Protocol):
    @property
    def promise(self) -> Promise: ...


def promise_of(task: Callable[..., Any] | _Promising) -> Promise:
    """The promise of a task: its own, else what its annotations say of its result and of `report`."""
    promise = getattr(task, "promise", None)
    return promise if isinstance(promise, Promise) else _annotated(task)  # type: ignore[arg-type]


@lru_cache
def _annotated(task: Callable[..., Any]) -> Promise:
    hints = get_type_hints(task)
    ([message], _) = get_args(hints["report"])
    result = hints["return"]
    return Promise(NoneType if result is NoReturn else result, message)


def encode(value: object) -> bytes:
    """The value as a frame. Raises ResultUnreadable if it can't be said in JSON or is too large."""
    try:
        data = json.dumps(_converter.unstructure(value), separators=(",", ":")).encode()
    except MemoryError:
        raise
    except Exception as error:
        raise _unreadable(error) from error
    _check_size(data)
    return data


def decode(data: bytes, kind: Any) -> Any:
    """The value of this type that a frame holds. Raises ResultUnreadable, whatever the frame is."""
    _check_size(data)
    try:
        return _converter.structure(json.loads(data), kind)
    except Exception as error:
        raise _unreadable(error) from error


def _check_size(data: bytes) -> None:
    if len(data) > MAX_BYTES:
        raise ResultUnreadable(f"{len(data)} bytes, at most {MAX_BYTES} are taken")
    # Each value but the first stands behind one of these; those inside of strings count too.
    values = sum(data.count(mark) for mark in (b",", b"[", b"{", b":"))
    if values > MAX_VALUES:
        raise ResultUnreadable(f"about {values} values, at most {MAX_VALUES} are taken")


def _unreadable(error: Exception) -> ResultUnreadable:
    return ResultUnreadable(f"{type(error).__name__}: {error}"[:MAX_DETAIL])


# Types -------------------------------------------------------------------------------------------


_ERRORS: Mapping[str, type[LukoshkoError]] = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, LukoshkoError)
}


def _plain_error(error: LukoshkoError) -> Any:
    name = type(error).__name__
    if _ERRORS.get(name) is not type(error):
        raise TypeError(f"{name} is no error of core.errors")
    return {"error": name, "facts": _converter.unstructure(error.facts)}


def _error(value: Any, kind: type[LukoshkoError]) -> LukoshkoError:
    name = value["error"]
    if not issubclass(_ERRORS[name], kind):
        raise TypeError(f"{name} is no {kind.__name__}")
    return _read_facts[name](value["facts"], _ERRORS[name])


def _exactly(*kinds: type) -> Callable[[Any, Any], Any]:
    """Reads a value of one of these types as it is; nothing is converted, and True is no number."""

    def read(value: Any, wanted: Any) -> Any:
        if type(value) not in kinds:
            raise TypeError(f"{type(value).__name__} where {kinds[-1].__name__} was promised")
        return wanted(value) if wanted is float else value

    return read


def _path(value: Any, _: Any) -> Path:
    if type(value) is not str or "\0" in value:
        raise TypeError("no path")
    return Path(value)


def _with_error(union: Any) -> Callable[[Any, Any], Any]:
    """Reads one of several types of which one is an error, which is known by its keys."""
    members = get_args(union)
    (error,) = (kind for kind in members if _is_error(kind))
    others: Any = reduce(or_, (kind for kind in members if not _is_error(kind)))

    def read(value: Any, _: Any) -> Any:
        is_error = isinstance(value, dict) and "error" in value
        return _converter.structure(value, error if is_error else others)

    return read


def _path_or_word(union: Any) -> Callable[[Any, Any], Any]:
    """Reads a path, or one of the words of an enumeration."""
    (words,) = (kind for kind in get_args(union) if kind is not Path)

    def read(value: Any, _: Any) -> Any:
        return words(value) if value in set(words) else _path(value, Path)

    return read


def _is_error(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, LukoshkoError)


def _is_union(kind: Any) -> bool:
    return get_origin(kind) in (Union, UnionType)


def _has_error(kind: Any) -> bool:
    return _is_union(kind) and any(map(_is_error, get_args(kind)))


def _has_path_and_word(kind: Any) -> bool:
    members = get_args(kind) if _is_union(kind) else ()
    return len(members) == 2 and Path in members and any(map(_is_enumeration, members))


def _is_enumeration(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, StrEnum)


def _make_converter() -> JsonConverter:
    converter = make_converter(detailed_validation=False)
    converter.register_unstructure_hook(Path, str)
    converter.register_unstructure_hook_func(_is_error, _plain_error)
    converter.register_structure_hook_func(_is_error, _error)
    converter.register_structure_hook_func(lambda kind: kind is object, lambda value, _: value)
    for kind, read in (
        (str, _exactly(str)),
        (
            StrEnum,
            lambda word, words: words(word),
        ),  # a str too, for which the hook above would be taken
        (int, _exactly(int)),
        (float, _exactly(int, float)),
        (bool, _exactly(bool)),
        (NoneType, _exactly(NoneType)),
        (Path, _path),
    ):
        converter.register_structure_hook(kind, read)
    converter.register_structure_hook_factory(_has_error, _with_error)
    converter.register_structure_hook_factory(_has_path_and_word, _path_or_word)
    return converter


_converter = _make_converter()
_read_facts: Mapping[str, Callable[[Any, Any], LukoshkoError]] = {
    name: make_dict_structure_fn(kind, _converter, _cattrs_forbid_extra_keys=True)
    for name, kind in _ERRORS.items()
}
