"""The family of errors: each can be pickled, and says in a sentence what is wrong."""

from __future__ import annotations

import errno
import pickle
import re
from collections.abc import Iterator
from dataclasses import fields

import pytest

from core import errors
from core.errors import (
    BadInput,
    LukoshkoError,
    NoRoom,
    NothingKept,
    TimeLimitExceeded,
    TooFewPhotos,
    error_of_disk,
)

EXAMPLES = {"str": "kiwi", "int": 7, "float": 2.5, "int | None": None, "tuple[str, ...]": ("kiwi",)}


def family(kind: type[LukoshkoError] = LukoshkoError) -> Iterator[type[LukoshkoError]]:
    for child in kind.__subclasses__():
        if child.__module__.startswith(f"{errors.__name__}."):
            yield child
            yield from family(child)


FAMILY = tuple(family())


def example(kind: type[LukoshkoError]) -> LukoshkoError:
    return kind(**{field.name: EXAMPLES[str(field.type)] for field in fields(kind)})


def by_name(kind: type[LukoshkoError]) -> str:
    return kind.__name__


@pytest.mark.parametrize("kind", FAMILY, ids=by_name)
def test_an_error_is_known_by_its_name_alone(kind: type[LukoshkoError]) -> None:
    assert getattr(errors, kind.__name__) is kind


@pytest.mark.parametrize("kind", FAMILY, ids=by_name)
def test_an_error_travels_between_processes_with_its_facts(kind: type[LukoshkoError]) -> None:
    error = example(kind)
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is kind
    assert back.facts == error.facts
    assert str(back) == str(error)


@pytest.mark.parametrize("kind", FAMILY, ids=by_name)
def test_an_error_is_one_sentence_with_its_facts(kind: type[LukoshkoError]) -> None:
    sentence = str(example(kind))
    assert re.fullmatch(r"(\S+ )*\S+", sentence)
    assert not re.search(r"[{}]", sentence)
    assert sentence[0].isupper() or sentence[0].isdigit() or sentence.startswith("kiwi")


def test_each_cause_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in FAMILY]
    assert len(set(codes)) == len(codes)
    assert TooFewPhotos.code == "too_few_photos"
    assert LukoshkoError.code == "error"


def test_a_fact_is_put_into_the_sentence_as_it_is() -> None:
    error = TooFewPhotos(labels="{needed} \\ 100 % (1)", needed=3)
    assert str(error) == (
        "Too few different photos to train: {needed} \\ 100 % (1). Each class needs at least 3."
    )
    assert str(TimeLimitExceeded(limit_s=10.0)) == "It did not end within 10 s."


def test_what_a_person_can_mend_is_bad_input() -> None:
    assert issubclass(TooFewPhotos, BadInput)
    assert not issubclass(TimeLimitExceeded, BadInput)


def test_errors_with_equal_facts_are_still_two() -> None:
    assert TimeLimitExceeded(limit_s=1) != TimeLimitExceeded(limit_s=1)


def test_what_the_disk_refuses_is_known_by_the_systems_number() -> None:
    for number in (errno.ENOSPC, errno.EDQUOT):
        assert isinstance(error_of_disk(OSError(number, "full")), NoRoom)
    assert isinstance(error_of_disk(OSError(errno.EROFS, "read-only")), NothingKept)
    refusal = NoRoom()
    assert error_of_disk(refusal) is refusal
    assert error_of_disk(OSError(errno.ENOENT, "not there")) is None
    assert error_of_disk(ValueError()) is None
