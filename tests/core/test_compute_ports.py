"""The Compute port, on real processes: those of this machine, those of the nodes of a cluster that see its folders, and
those of nodes that see none of them."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from PIL import Image

from core.entities import (
    ChartRequest,
    FitOptions,
    FitSeconds,
    FittedModel,
    LabelSource,
    Prediction,
    Progress,
)
from core.errors import ImageUnreadable, NoImages, ParameterOutOfRange, TimeLimitExceeded
from core.features.cache import FeatureCache
from core.features.registry import make_extractor
from core.jobs.carrying import Apart, CarryingRunner
from core.jobs.compute import make_compute
from core.jobs.runner import LaneName
from core.mirror import Mirror
from core.models.modelfile import load
from core.ports import Compute, DatasetFiles
from core.recipes import make_recipe
from core.sealed import Stored
from tests.core.charts.factories import ENGLISH
from tests.core.learning import (
    CLASSICAL,
    ENDLESS,
    drawn_files,
    examples_of,
    noise_files,
    ready_files,
)
from tests.factories import make_dataset, make_image, make_zip
from tests.ray_nodes import AnyRunner, cluster_runner, wait_for_end, workers
from tests.s3_server import S3Server, running_s3

pytestmark = pytest.mark.asyncio(loop_scope="session")

RUNNERS = (
    "local_runner",
    *(pytest.param(name, marks=pytest.mark.slow) for name in ("clustered", "apart")),
)


@pytest.fixture(params=RUNNERS)
def runner(request: pytest.FixtureRequest) -> AnyRunner:
    runner: AnyRunner = request.getfixturevalue(request.param)
    return runner


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with running_s3() as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def apart(cluster: Any, server: S3Server, tmp_path: Path) -> AsyncIterator[AnyRunner]:
    """A runner on the same cluster, whose nodes share no folder with the bot."""
    where = Apart(server.bucket("apart"), 10**8, folders(tmp_path))
    runner = await cluster_runner(cluster, nodes=2, apart=where)
    yield runner
    left = workers(runner)
    await runner.close()
    wait_for_end(left)


def folders(folder: Path) -> dict[str, Path]:
    """Nothing is kept here, all is work in progress."""
    return {"sealed": folder / "sealed", "work": folder}


@pytest.fixture
def compute(runner: AnyRunner, request: pytest.FixtureRequest, tmp_path: Path) -> Compute:
    if request.node.callspec.params["runner"] != "apart":
        return make_compute(runner)
    objects = request.getfixturevalue("server").objects("apart")
    mirror = Mirror(tmp_path / "sealed", objects.within("sealed"), 10**8)
    return make_compute(CarryingRunner(runner, objects, mirror, folders(tmp_path)))


class Heard(list[Progress]):
    def __call__(self, progress: Progress) -> None:
        self.append(progress)

    @property
    def stages(self) -> list[str]:
        return list(dict.fromkeys(progress.stage for progress in self))


def in_lane(runner: AnyRunner, lane: str) -> set[int]:
    """The processes of this lane."""
    return {pid for pid, name in workers(runner).items() if name == lane}


@pytest.fixture
def stop() -> Iterator[Callable[[set[int]], None]]:
    """Stops processes, which so last for ever; those that live after the test go on."""
    stopped: set[int] = set()

    def stop(pids: set[int]) -> None:
        stopped.update(pids)
        signal_all(pids, signal.SIGSTOP)

    yield stop
    signal_all(stopped, signal.SIGCONT)


def signal_all(pids: set[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):  # it has ended
            os.kill(pid, number)


def pausing(
    runner: AnyRunner, stage: str, stop: Callable[[set[int]], None]
) -> Callable[[Progress], None]:
    """Stops the process of the fit at a stage, which so lasts for ever."""
    pids: set[int] = set()

    def pause(progress: Progress) -> None:
        if not pids:  # early, as nodes of a cluster take a while to answer
            pids.update(in_lane(runner, "fits"))
        if progress.stage == stage:
            stop(pids)

    return pause


async def read(compute: Compute, archive: Path, folder: Path) -> DatasetFiles:
    found = await compute.reading.read_archive(archive, LabelSource.FOLDERS, None, folder, Heard())
    return DatasetFiles(found.examples, found.photos, found.cache)


async def fit(
    compute: Compute,
    files: DatasetFiles,
    out: Path,
    on_progress: Callable[[Progress], None],
    options: FitOptions,
    **settings: str,
) -> FittedModel:
    recipe = make_recipe("hog", "svc", settings)
    return await compute.training.fit(files, recipe, options, ("fruits", 1), out, on_progress)


async def test_from_a_zip_to_an_answer(compute: Compute, tmp_path: Path) -> None:
    heard, out, picture = Heard(), tmp_path / "model.onnx", tmp_path / "picture"
    archive, folder = make_dataset(tmp_path / "fruits.zip", 3, 12), tmp_path / "reading"
    picture.write_bytes(make_image(2, seed=99_000))

    reading = await compute.reading.read_archive(archive, LabelSource.FOLDERS, None, folder, heard)
    files = DatasetFiles(reading.examples, reading.photos, reading.cache)
    description = await compute.reading.describe(files)
    await compute.training.extract(files, CLASSICAL, heard)
    await fit(compute, files, out, heard, FitOptions(curve=True))
    fitted = await compute.training.finish(out, FitSeconds(read=1), files, whole=True)
    bad, good = await compute.predicting.predict(Stored(out), [archive, picture])

    assert description.classes == reading.classes == {"apple": 12, "pear": 12, "plum": 12}
    assert heard.stages == ["check", "read", "compare", "features", "fit", "refit", "curve"]
    assert fitted.card == load(out).card
    assert fitted.card.report.complete
    assert isinstance(bad, ImageUnreadable)
    assert isinstance(good, Prediction)
    assert good.label == "plum"
    assert fitted.card.report.test is not None
    assert fitted.card.report.test.n == 36
    assert fitted.card.report.test.accuracy >= fitted.card.report.accuracy


async def test_everything_is_drawn_into_files(compute: Compute, tmp_path: Path) -> None:
    files = await read(compute, make_dataset(tmp_path / "fruits.zip", 2, 5), tmp_path / "reading")
    description = await compute.reading.describe(files)
    await compute.training.extract(files, CLASSICAL, Heard())
    fitted = await fit(compute, files, tmp_path / "m.onnx", Heard(), FitOptions(curve=True))
    report = fitted.card.report
    assert report.curve is not None
    charts = await compute.drawing.draw(
        [
            ChartRequest("classes", description, ENGLISH),
            ChartRequest("duplicates", description, ENGLISH),
            ChartRequest("sizes", description, ENGLISH),
            ChartRequest("colors", description, ENGLISH, "pear"),
            ChartRequest("confusion", report, ENGLISH),
            ChartRequest("curves", {"first": report.curve}, ENGLISH),
        ],
        tmp_path / "charts",
    )
    await compute.drawing.draw_sheet(files, 0, tmp_path / "sheet.png")
    await compute.reading.write_table(files, tmp_path / "table.csv")

    assert len(charts) == 6
    for chart in (*(path for path, _ in charts), tmp_path / "sheet.png"):
        with Image.open(chart) as picture:
            assert picture.format == "PNG"
    assert len((tmp_path / "table.csv").read_text("utf-8-sig").splitlines()) == 1 + 10


async def test_new_pictures_of_the_sample_are_drawn_each_time(
    compute: Compute, tmp_path: Path
) -> None:
    drawn = [
        await compute.drawing.draw_sample_pictures(tmp_path / name, 2) for name in ("one", "other")
    ]
    contents = {path.read_bytes() for pictures in drawn for path, _ in pictures}
    assert len(contents) == 4
    assert all(label for pictures in drawn for _, label in pictures)


async def test_an_error_of_a_task_arrives_as_itself(compute: Compute, tmp_path: Path) -> None:
    with pytest.raises(NoImages) as caught:
        await read(compute, make_zip(tmp_path / "x.zip", {"a/x.txt": b"x"}), tmp_path)
    assert caught.value.skipped == 1
    files = noise_files(tmp_path / "noise", classes=2, photos=1)
    recipe = make_recipe("hog", settings={"pixels_per_cell": "32", "cells_per_block": "4"})
    with pytest.raises(ParameterOutOfRange, match="pixels_per_cell"):
        await compute.training.extract(files, recipe, Heard())


async def test_a_fit_without_a_model_at_its_deadline_says_so(
    compute: Compute, tmp_path: Path
) -> None:
    noise, out = noise_files(tmp_path / "noise", classes=2, photos=400), tmp_path / "model.onnx"
    with pytest.raises(TimeLimitExceeded) as caught:
        await fit(compute, noise, out, Heard(), FitOptions(budget_s=0.5), **ENDLESS)
    assert caught.value.limit_s == 0.5
    assert not out.exists()


async def test_a_fit_with_a_usable_model_at_its_deadline_gives_that(
    runner: AnyRunner, compute: Compute, tmp_path: Path, stop: Callable[[set[int]], None]
) -> None:
    noise, out = noise_files(tmp_path / "noise", classes=6, photos=160), tmp_path / "model.onnx"
    options = FitOptions(budget_s=5, curve=True)
    fitted = await fit(compute, noise, out, pausing(runner, "curve", stop), options)
    assert not fitted.card.report.complete
    assert fitted.card.report.curve is None
    assert fitted.card.report.n_test == 192
    assert load(out).card == fitted.card


async def test_after_a_fit_that_did_not_end_the_next_one_does(
    compute: Compute, ready: DatasetFiles, tmp_path: Path
) -> None:
    noise, out = noise_files(tmp_path / "noise", classes=2, photos=400), tmp_path / "model.onnx"
    with pytest.raises(TimeLimitExceeded):
        await fit(compute, noise, out, Heard(), FitOptions(budget_s=0.2), **ENDLESS)
    assert (await fit(compute, ready, out, Heard(), FitOptions())).card.report.complete


async def test_predictions_are_answered_while_fits_run(
    runner: AnyRunner, compute: Compute, ready: DatasetFiles, tmp_path: Path
) -> None:
    picture, out = tmp_path / "picture", tmp_path / "model.onnx"
    picture.write_bytes(make_image())
    await fit(compute, ready, out, Heard(), FitOptions())
    training = asyncio.Event()

    def on_progress(progress: Progress) -> None:
        if progress.stage == "fit":
            training.set()

    noise = noise_files(tmp_path / "noise", classes=2, photos=400)
    endless = asyncio.create_task(
        fit(compute, noise, tmp_path / "n", on_progress, FitOptions(budget_s=60), **ENDLESS)
    )
    beginning = asyncio.create_task(training.wait())
    await asyncio.wait([beginning, endless], return_when=asyncio.FIRST_COMPLETED)
    assert not endless.done()
    (answer,) = await compute.predicting.predict(Stored(out), [picture])
    assert isinstance(answer, Prediction)
    assert not endless.done()

    before = in_lane(runner, "fits")
    endless.cancel()
    with pytest.raises(asyncio.CancelledError):
        await endless
    assert len(before - in_lane(runner, "fits")) == 1


async def test_features_are_kept_in_the_cache(compute: Compute, drawn: DatasetFiles) -> None:
    await compute.training.extract(drawn, CLASSICAL, Heard())
    folder = Path(drawn.cache) / "features" / make_extractor(CLASSICAL).key
    digests = [example.photo.sha256 for example in examples_of(drawn)]
    assert FeatureCache(folder).missing(digests) == []
    assert np.isfinite(FeatureCache(folder).load(digests)).all()
    second = Heard()
    await compute.training.extract(drawn, CLASSICAL, second)
    assert second == []


async def test_a_small_dataset_gets_time_slices_amid_those_of_a_large_one(
    compute: Compute, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.jobs.compute.training.PHOTOS_PER_PART", 2)
    large = drawn_files(tmp_path / "large", classes=3, photos=40)
    small = drawn_files(tmp_path / "small", classes=2, photos=8)
    begun = asyncio.Event()
    slow = asyncio.create_task(
        compute.training.extract(large, CLASSICAL, lambda progress: begun.set())
    )
    await begun.wait()
    await compute.training.extract(small, CLASSICAL, Heard())
    assert not slow.done()
    await slow


async def test_a_fit_never_waits_for_features_of_others(
    runner: AnyRunner, compute: Compute, tmp_path: Path, stop: Callable[[set[int]], None]
) -> None:
    drawn, ready = drawn_files(tmp_path / "drawn"), ready_files(tmp_path / "ready")
    stopped: set[int] = set()
    all_stopped = asyncio.Event()

    def stop_all(progress: Progress) -> None:
        """Each process says once that it has begun, and then goes no further."""
        pids = in_lane(runner, "features")
        stop(pids)
        stopped.update(pids)
        if len(stopped) == runner.processes(LaneName.FEATURES):
            all_stopped.set()

    slow = asyncio.create_task(compute.training.extract(drawn, CLASSICAL, stop_all))
    await all_stopped.wait()
    await compute.training.extract(ready, CLASSICAL, Heard())
    fitted = await fit(compute, ready, tmp_path / "model.onnx", Heard(), FitOptions())
    assert fitted.card.report.complete
    assert not slow.done()

    slow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await slow
    assert not stopped & in_lane(runner, "features")


async def test_a_cancelled_extraction_keeps_its_finished_slices(
    compute: Compute, drawn: DatasetFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.jobs.compute.training.PHOTOS_PER_PART", 2)
    half_done = asyncio.Event()

    def watch(progress: Progress) -> None:
        if progress.done >= progress.total / 2:
            half_done.set()

    slow = asyncio.create_task(compute.training.extract(drawn, CLASSICAL, watch))
    ended = asyncio.create_task(half_done.wait())
    await asyncio.wait([slow, ended], return_when=asyncio.FIRST_COMPLETED)
    slow.cancel()
    await asyncio.wait([slow])
    assert slow.cancelled()

    heard = Heard()
    await compute.training.extract(drawn, CLASSICAL, heard)
    distinct = len({example.photo.sha256 for example in examples_of(drawn)})
    assert {progress.total < distinct for progress in heard} == {True}


async def test_progress_counts_to_the_whole_from_the_start(
    compute: Compute, drawn: DatasetFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.jobs.compute.training.PHOTOS_PER_PART", 4)
    heard = Heard()
    await compute.training.extract(drawn, CLASSICAL, heard)
    distinct = len({example.photo.sha256 for example in examples_of(drawn)})
    assert {progress.total for progress in heard} == {distinct}
    assert heard[-1].done == distinct
