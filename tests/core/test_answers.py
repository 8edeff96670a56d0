"""What a worker says is read by the type that its task promises, and runs no code."""

from __future__ import annotations

import asyncio
import json
import pickle
import random
import resource
import time
from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from core.entities import (
    Certainty,
    Explanation,
    FittedModel,
    Learned,
    Lesson,
    NoMap,
    NoNearest,
    Prediction,
    Progress,
    Reading,
    Rung,
    Suspect,
)
from core.errors import (
    BadInput,
    ImageUnreadable,
    LukoshkoError,
    ResultUnreadable,
    TimeLimitExceeded,
)
from core.jobs import tasks
from core.jobs.answers import MAX_BYTES, MAX_VALUES, decode, encode, promise_of
from core.jobs.places import inside
from core.jobs.wire import RESULT, STARTED
from tests.cards import make_card
from tests.core import worker_tasks
from tests.core.lanes import RESPONSIVE_S, measured_lag, open_lane
from tests.core.test_errors import FAMILY, by_name, example

READING = Reading("/a", "/b", "/c", "/d", {"яблоко": 1}, 0, (), (), 0.5)


@pytest.mark.parametrize("name", tasks.__all__)
def test_what_is_promised_is_what_the_tasks_annotations_say(name: str) -> None:
    task = getattr(tasks, name)
    assert promise_of(task) == promise_of(task.function)


def test_every_task_has_a_promise_and_no_other_name_has() -> None:
    assert sorted(tasks._TASKS) == sorted(tasks.__all__)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (7, int),
        (1.5, float),
        (None, type(None)),
        (b"\x00\xff", bytes),
        (("a", "b"), tuple[str, ...]),
        (((1, 2), ()), tuple[tuple[int, ...], ...]),
        (((Path("/x/1.png"), "kiwi"),), tuple[tuple[Path, str], ...]),
        (Progress("fit", 1, 2, (Rung(9, 0.5, 1.0, 1.0),)), Progress | FittedModel),
        (FittedModel("/x/m.onnx", make_card()), Progress | FittedModel),
        (READING, Reading),
        (Lesson("pear", (Learned("f" * 64, "apple"),), 1, READING), Lesson),
        (Lesson("pear", (), 0, None), Lesson),
        ((Suspect(1, "a", "b", 0.5),), tuple[Suspect, ...]),
        (Explanation("a", "b", Path("/x/map.png"), True, NoNearest.GONE), Explanation),
        (Explanation("a", "b", NoMap.MODEL, True, Path("/x/n.png")), Explanation),
        ((Prediction("a", None, (("a", None),), Certainty.SURE, 0.1),), tuple[Prediction, ...]),
    ],
    ids=lambda value: "" if isinstance(value, type) else str(value)[:40],
)
def test_a_value_comes_back_equal(value: Any, kind: Any) -> None:
    back = decode(encode(value), kind)
    assert back == value
    assert repr(back) == repr(value), "a word of an enumeration is one, and 1 no 1.0"


@pytest.mark.parametrize("kind", FAMILY, ids=by_name)
def test_an_error_comes_back_with_its_facts(kind: type[LukoshkoError]) -> None:
    error = example(kind)
    back = decode(encode(error), LukoshkoError)
    assert type(back) is kind
    assert (back.facts, str(back)) == (error.facts, str(error))


def test_an_answer_among_errors_is_told_from_them() -> None:
    answers = (Prediction("a", 1.0, (), Certainty.SURE, 0.1), ImageUnreadable())
    back = decode(encode(answers), promise_of(tasks.predict).result)
    assert back[0] == answers[0]
    assert type(back[1]) is ImageUnreadable


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", int),
        (b"\xff\xfe", int),
        (b"{", int),
        (b'"7"', int),
        (b"true", int),
        (b"1.0", int),
        (b"7", str),
        (b"null", str),
        (b"0", bool),
        (b"true", float),
        (b"1" + b"0" * 5_000, int),
        (b"1" + b"0" * 400, float),
        (b"0", type(None)),
        (b'"a\\u0000b"', Path),
        (b"[" * 100_000, tuple[str, ...]),
        (b"[1]", tuple[str, ...]),
        (b"{}", Progress),
        (b'{"stage":1}', Progress),
        (b'{"stage":"fit","rungs":[{"n":"1"}]}', Progress),
        (b'"nonsense"', Certainty),
        (b'{"error":"Nonsense","facts":{}}', LukoshkoError),
        (b'{"error":"__class__","facts":{}}', LukoshkoError),
        (b'{"error":["x"],"facts":{}}', LukoshkoError),
        (b'{"error":"TooFewPhotos","facts":{"labels":1,"needed":1}}', LukoshkoError),
        (b'{"error":"TooFewPhotos","facts":{"labels":"","needed":1,"x":1}}', LukoshkoError),
        (b'{"error":"WorkerCrashed","facts":{"exit_code":1}}', BadInput),
        (pickle.dumps(7), int),
    ],
    ids=lambda value: value[:40] if isinstance(value, bytes) else "",
)
def test_what_is_not_of_the_promised_type_is_unreadable(data: bytes, kind: Any) -> None:
    with pytest.raises(ResultUnreadable) as caught:
        decode(data, kind)
    assert len(caught.value.detail) <= 500


def test_too_much_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(ResultUnreadable, match="bytes"):
        decode(b'"' + b"x" * MAX_BYTES + b'"', str)
    with pytest.raises(ResultUnreadable, match="values"):
        decode(b"[" + b"[]," * MAX_VALUES + b"1]", object)
    with pytest.raises(ResultUnreadable, match="bytes"):
        encode("x" * MAX_BYTES)


@pytest.mark.parametrize("value", [object(), 1j, asyncio.Lock(), LukoshkoError])
def test_what_json_does_not_say_is_unreadable(value: object) -> None:
    with pytest.raises(ResultUnreadable):
        encode(value)


def test_the_digests_of_a_hundred_thousand_photos_are_carried() -> None:
    digests = tuple(f"{number:064x}" for number in range(100_000))
    assert decode(encode(digests), tuple[str, ...]) == digests


def test_an_answer_with_random_changes_is_read_or_unreadable() -> None:
    """Seeds are fixed; a failure prints its own."""
    card = encode(FittedModel("/x/m.onnx", make_card()))
    for seed in range(2_000):
        rng = random.Random(seed)
        data = bytearray(card)
        for _ in range(rng.randint(1, 8)):
            data[rng.randrange(len(data))] = rng.choice(b'[]{}",:0123456789 truefalsnx\\\xff')
        try:
            assert type(decode(bytes(data), FittedModel)) is FittedModel, seed
        except ResultUnreadable:
            continue


# Over the pipe -----------------------------------------------------------------------------------


class RunsCode:
    """Makes a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


async def test_a_pickle_from_a_worker_runs_no_code(tmp_path: Path) -> None:
    bomb = pickle.dumps(RunsCode(tmp_path / "ran"))
    for frames in ((b"message", bomb), (RESULT, bomb), (b"error", bomb), (bomb,)):
        async with open_lane() as lane:
            with pytest.raises(ResultUnreadable):
                await lane.run(worker_tasks.forge, frames, deadline_s=60)
            assert await lane.run(worker_tasks.add, 1, 2, deadline_s=60) == 3
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "frames",
    [
        (b"",),
        (b"nonsense",),
        (b"x" * 1_000_000,),
        (STARTED, STARTED),
        (RESULT, b'"not a number"'),
        (RESULT, b"1" * (MAX_BYTES + 1)),
        (b"error", b'{"error":"TaskFailed","facts":{}}'),
        (b"message", b"[" * 1_000_000),
    ],
    ids=range(8),
)
async def test_what_is_not_of_the_protocol_costs_its_own_task(frames: tuple[bytes, ...]) -> None:
    async with open_lane() as lane:
        async with measured_lag() as lags:
            with pytest.raises(ResultUnreadable):
                await lane.run(worker_tasks.forge, frames, deadline_s=60)
        assert max(lags, default=0) < RESPONSIVE_S
        assert await lane.run(worker_tasks.add, 1, 2, deadline_s=60) == 3


async def test_a_frame_that_claims_to_be_large_takes_no_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with open_lane() as lane:
        with pytest.raises(ResultUnreadable, match="frame of more than"):
            await lane.run(worker_tasks.claim, 1 << 40, deadline_s=60)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024


async def test_a_frame_that_never_comes_ends_with_the_deadline() -> None:
    began = time.monotonic()
    async with open_lane() as lane:
        with pytest.raises(TimeLimitExceeded):
            await lane.run(worker_tasks.claim, 100, deadline_s=0.5)
    assert time.monotonic() - began < 30


# Paths -------------------------------------------------------------------------------------------


def test_paths_in_answers_lead_into_the_tasks_folder_alone(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc")
    good, card = str(tmp_path / "1"), make_card()
    outside = ["/etc/passwd", f"{tmp_path}/../x", f"{tmp_path}/link/passwd", "relative"]
    assert inside(tmp_path, FittedModel(good, card)).path == good
    for bad in outside:
        for answer in (
            Path(bad),
            (Path(good), Path(bad)),
            ((Path(bad), "kiwi"),),
            FittedModel(bad, card),
            Explanation("a", "b", Path(bad), True, NoNearest.GONE),
            Explanation("a", "b", NoMap.MODEL, True, Path(bad)),
            *(
                Lesson("a", (), 1, Reading(*paths, {}, 0, (), (), 0.0))
                for paths in ([good] * at + [bad] + [good] * (3 - at) for at in range(4))
            ),
        ):
            with pytest.raises(ResultUnreadable):
                inside(tmp_path, answer)


def test_every_error_has_facts_that_json_says() -> None:
    """A new kind of fact needs a hook in core.jobs.answers."""
    said = {str, int, float, int | None, tuple[str, ...]}
    for kind in FAMILY:
        hints = get_type_hints(kind)
        for field in fields(kind):
            assert hints[field.name] in said, (kind, field.name)
            json.dumps(example(kind).facts)
