"""Where a call goes in a cluster, and in whose turn."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from core.errors import JobCancelled, ResultUnreadable
from core.jobs import tasks
from core.jobs.answers import MAX_BYTES
from core.jobs.parcels import PART, PIECE_BYTES, Frames, cut, packed_call, pieces_of
from core.jobs.placement import Placement, home_of, subject_of
from core.jobs.runner import LaneName, bind
from core.jobs.wire import RESULT, unpack
from core.models.baseline import FILE as BASELINE
from core.ports import DatasetFiles
from core.ports.turns import TURN
from core.recipes import make_recipe
from core.sealed import Stored

FITS = LaneName.FITS
FILES = DatasetFiles("/data/listing", "/data/photos", "/data/cache")


def joined(*nodes: str, places: int = 1) -> Placement:
    placement = Placement()
    for node in nodes:
        placement.join(node, dict.fromkeys(LaneName, places))
    return placement


async def test_work_goes_where_its_subject_is_warm_else_to_the_least_busy() -> None:
    placement = joined("a", "b", "c")
    home = home_of("model", dict.fromkeys("abc"))
    assert await placement.take(FITS, "model") == home
    other = await placement.take(FITS, "model")
    assert other != home
    placement.give_back(FITS, home)
    assert await placement.take(FITS, "model") == home


async def test_parts_of_an_extraction_spread_over_all_nodes() -> None:
    placement = joined("a", "b", places=2)
    taken = [await placement.take(LaneName.FEATURES, None) for _ in range(4)]
    assert sorted(taken) == ["a", "a", "b", "b"]
    assert placement.is_full(LaneName.FEATURES)
    assert placement.load(LaneName.FEATURES) == (4, 0)


def test_a_home_moves_only_when_its_node_goes() -> None:
    nodes = dict.fromkeys(map(str, range(10)))
    subjects = list(map(str, range(200)))
    before = {subject: home_of(subject, nodes) for subject in subjects}
    assert len(set(before.values())) == 10
    del nodes["3"]
    moved = {subject for subject in subjects if home_of(subject, nodes) != before[subject]}
    assert moved == {subject for subject, home in before.items() if home == "3"}


async def test_who_waits_is_served_by_the_node_that_joins_in_turn() -> None:
    placement, served = joined(), []

    async def ask(person: int) -> None:
        TURN.set(person)
        node = await placement.take(FITS, None)
        served.append(person)
        placement.give_back(FITS, node)

    asking = [asyncio.create_task(ask(person)) for person in (1, 1, 1, 2)]
    await asyncio.sleep(0)
    assert placement.load(FITS) == (0, 4)
    placement.join("a", dict.fromkeys(LaneName, 1))
    await asyncio.gather(*asking)
    assert served == [1, 2, 1, 1]


async def test_places_go_with_their_node() -> None:
    placement = joined("a", "b")
    first = await placement.take(FITS, None)
    (other,) = {"a", "b"} - {first}
    placement.leave(other)
    waiting = asyncio.create_task(placement.take(FITS, None))
    await asyncio.sleep(0)
    assert not waiting.done()
    placement.leave(first)
    placement.give_back(FITS, first)
    placement.join("c", dict.fromkeys(LaneName, 1))
    assert await waiting == "c"
    assert placement.is_full(FITS)


async def test_who_waits_for_a_closed_one_is_told() -> None:
    placement = joined()
    waiting = [asyncio.create_task(placement.take(FITS, None)) for _ in range(2)]
    await asyncio.sleep(0)
    placement.close()
    for task in waiting:
        with pytest.raises(JobCancelled):
            await task
    with pytest.raises(JobCancelled):
        await placement.take(FITS, None)


def test_a_subject_is_the_model_else_the_dataset() -> None:
    model = Stored(Path("/data/model.onnx"))
    assert subject_of(LaneName.QUICK, bind(tasks.predict, model, ())) == "/data/model.onnx"
    learn = bind(tasks.learn, (), (), "apple", FILES, model, Path("/out"))
    assert subject_of(LaneName.QUICK, learn) == "/data/model.onnx"
    assert subject_of(LaneName.QUICK, bind(tasks.describe, FILES)) == "/data/cache"
    assert subject_of(LaneName.FEATURES, bind(tasks.extract, FILES, (), make_recipe())) is None
    drawn = bind(tasks.draw_sample_pictures, Path("/out"), 1, 0)
    assert subject_of(LaneName.QUICK, drawn) is None


# What crosses ---------------------------------------------------------------------------------------


def test_a_request_in_pieces_is_the_request() -> None:
    files = DatasetFiles("/l", "/p", "/c", ("0" * 64,) * 100_000, key=b"k" * 32)
    parts = cut(packed_call(bind(tasks.describe, files)))
    assert max(map(len, parts)) <= PIECE_BYTES
    assert unpack(b"".join(parts)).arguments == (files,)


def test_paths_are_the_same_under_every_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    packed = packed_call(bind(tasks.predict, Stored(BASELINE), (Path("picture"),)))
    # The installed package may lie elsewhere on a node.
    assert str(BASELINE).encode() not in packed
    model, (picture,) = unpack(packed).arguments
    assert model.path == BASELINE
    assert picture == tmp_path / "picture"


def test_a_frame_in_pieces_is_the_frame() -> None:
    frames, data = Frames(), bytes(range(256)) * 1000
    *none, frame = [frames.add(piece) for piece in pieces_of(RESULT, data)]
    assert not any(none)
    assert frame == (RESULT, data)
    assert [frames.add(piece) for piece in pieces_of(RESULT, b"")] == [(RESULT, b"")]


def test_a_frame_that_never_ends_is_refused() -> None:
    frames = Frames()
    for _ in range(MAX_BYTES // PIECE_BYTES):
        frames.add((PART, bytes(PIECE_BYTES)))
    with pytest.raises(ResultUnreadable):
        frames.add((PART, b"x"))
