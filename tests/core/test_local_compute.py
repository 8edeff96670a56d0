"""The Compute port, on real processes."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.entities import FitOptions, FittedModel, Prediction, Progress, Reading
from core.errors import ImageUnreadable, NoImages, ParameterOutOfRange, TimeLimitExceeded
from core.features.cache import FeatureCache
from core.features.registry import make_extractor
from core.jobs import local
from core.jobs.local import LocalCompute
from core.models.modelfile import load
from core.ports import DatasetFiles
from core.recipes import make_recipe
from tests.core.charts.factories import ENGLISH
from tests.core.learning import CLASSICAL, ENDLESS, drawn_files, noise_files, ready_files
from tests.factories import make_dataset, make_image, make_zip


@pytest.fixture
async def compute() -> AsyncIterator[LocalCompute]:
    compute = LocalCompute(quick_processes=1)
    yield compute
    await compute.close()
    assert multiprocessing.active_children() == []


class Heard(list[Progress]):
    def __call__(self, progress: Progress) -> None:
        self.append(progress)

    @property
    def stages(self) -> list[str]:
        return list(dict.fromkeys(progress.stage for progress in self))


def stop(name: str) -> set[int]:
    """Stops the processes of this name, which so last for ever, and returns their numbers."""
    stopped = {p.pid or 0 for p in multiprocessing.active_children() if p.name == name}
    for number in stopped:
        os.kill(number, signal.SIGSTOP)
    return stopped


def pausing(stage: str) -> Callable[[Progress], None]:
    """Stops the process of the fit at a stage, which so lasts for ever."""

    def pause(progress: Progress) -> None:
        if progress.stage == stage:
            stop("fits")

    return pause


async def read(compute: LocalCompute, archive: Path, folder: Path) -> Reading:
    return await compute.read_archive(archive, "source", (), folder, Heard())


async def fit(
    compute: LocalCompute,
    files: DatasetFiles,
    out: Path,
    on_progress: Callable[[Progress], None],
    options: FitOptions,
    **settings: str,
) -> FittedModel:
    recipe = make_recipe("hog", "svc", settings)
    return await compute.fit(files, recipe, options, ("fruits", 1), out, on_progress)


async def test_from_a_zip_to_an_answer(compute: LocalCompute, tmp_path: Path) -> None:
    heard, out, picture = Heard(), tmp_path / "model.onnx", tmp_path / "picture"
    archive, workspace = make_dataset(tmp_path / "fruits.zip", 3, 12), tmp_path / "workspace"
    picture.write_bytes(make_image(2, seed=99_000))

    reading = await compute.read_archive(archive, "source", (), workspace, heard)
    files = DatasetFiles(reading.records, {"source": str(archive)}, str(workspace))
    await compute.extract(files, CLASSICAL, heard)
    fitted = await fit(compute, files, out, heard, FitOptions(curve=True))
    bad, good = await compute.predict(out, [archive, picture])
    score = await compute.evaluate(out, files)

    assert reading.description.classes == {"apple": 12, "pear": 12, "plum": 12}
    assert heard.stages == ["check", "read", "features", "fit", "refit", "curve"]
    assert fitted.card == load(out).card
    assert fitted.card.report.complete
    assert isinstance(bad, ImageUnreadable)
    assert isinstance(good, Prediction)
    assert good.label == "plum"
    assert score.n == 36
    assert score.accuracy >= fitted.card.report.accuracy


async def test_everything_is_drawn_into_files(compute: LocalCompute, tmp_path: Path) -> None:
    archive = make_dataset(tmp_path / "fruits.zip", 2, 5)
    reading = await read(compute, archive, tmp_path / "workspace")
    files = DatasetFiles(reading.records, {"source": str(archive)}, str(tmp_path / "workspace"))

    charts = await compute.draw_overview(reading.description, ENGLISH, tmp_path / "charts")
    await compute.draw_colors(reading.description, "pear", ENGLISH, tmp_path / "colors.png")
    await compute.draw_sheet(files, 0, tmp_path / "sheet.png")
    await compute.extract(files, CLASSICAL, Heard())
    fitted = await fit(compute, files, tmp_path / "m.onnx", Heard(), FitOptions(curve=True))
    report = fitted.card.report
    assert report.curve is not None
    await compute.draw_confusion(report, ENGLISH, tmp_path / "confusion.png")
    await compute.draw_curves({"first": report.curve}, ENGLISH, tmp_path / "curves.png")
    await compute.write_table(reading.records, tmp_path / "table.csv")

    assert [chart.name for chart in charts] == ["classes.png", "duplicates.png", "sizes.png"]
    names = ("colors.png", "sheet.png", "confusion.png", "curves.png")
    for chart in (*charts, *(tmp_path / name for name in names)):
        with Image.open(chart) as picture:
            assert picture.format == "PNG"
    assert len((tmp_path / "table.csv").read_text("utf-8-sig").splitlines()) == 1 + 10


async def test_new_pictures_of_the_sample_are_drawn_each_time(
    compute: LocalCompute, tmp_path: Path
) -> None:
    drawn = [await compute.draw_sample_pictures(tmp_path / name, 2) for name in ("one", "other")]
    contents = {path.read_bytes() for pictures in drawn for path, _ in pictures}
    assert len(contents) == 4
    assert all(label for pictures in drawn for _, label in pictures)


async def test_an_error_of_a_task_arrives_as_itself(compute: LocalCompute, tmp_path: Path) -> None:
    with pytest.raises(NoImages) as caught:
        await read(compute, make_zip(tmp_path / "x.zip", {"a/x.txt": b"x"}), tmp_path)
    assert caught.value.skipped == 1
    files = DatasetFiles((), {}, str(tmp_path))
    recipe = make_recipe("hog", settings={"pixels_per_cell": "32", "cells_per_block": "4"})
    with pytest.raises(ParameterOutOfRange, match="pixels_per_cell"):
        await compute.extract(files, recipe, Heard())


async def test_a_fit_without_a_model_at_its_deadline_says_so(
    compute: LocalCompute, tmp_path: Path
) -> None:
    noise, out = noise_files(tmp_path / "noise", classes=2, photos=400), tmp_path / "model.onnx"
    with pytest.raises(TimeLimitExceeded) as caught:
        await fit(compute, noise, out, Heard(), FitOptions(budget_s=0.5), **ENDLESS)
    assert caught.value.limit_s == 0.5
    assert not out.exists()


async def test_a_fit_with_a_usable_model_at_its_deadline_gives_that(
    compute: LocalCompute, tmp_path: Path
) -> None:
    noise, out = noise_files(tmp_path / "noise", classes=6, photos=20), tmp_path / "model.onnx"
    options = FitOptions(budget_s=3, curve=True)
    fitted = await fit(compute, noise, out, pausing("curve"), options)
    assert not fitted.card.report.complete
    assert fitted.card.report.curve is None
    assert fitted.card.report.n_test == 24
    assert load(out).card == fitted.card


async def test_after_a_fit_that_did_not_end_the_next_one_does(
    compute: LocalCompute, ready: DatasetFiles, tmp_path: Path
) -> None:
    noise, out = noise_files(tmp_path / "noise", classes=2, photos=400), tmp_path / "model.onnx"
    with pytest.raises(TimeLimitExceeded):
        await fit(compute, noise, out, Heard(), FitOptions(budget_s=0.2), **ENDLESS)
    assert (await fit(compute, ready, out, Heard(), FitOptions())).card.report.complete


async def test_predictions_are_answered_while_fits_run(
    compute: LocalCompute, ready: DatasetFiles, tmp_path: Path
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
    (answer,) = await compute.predict(out, [picture])
    assert isinstance(answer, Prediction)
    assert not endless.done()

    endless.cancel()
    with pytest.raises(asyncio.CancelledError):
        await endless
    assert not any(p.name == "fits" for p in multiprocessing.active_children())


async def test_features_are_kept_in_the_workspace(
    compute: LocalCompute, drawn: DatasetFiles
) -> None:
    await compute.extract(drawn, CLASSICAL, Heard())
    folder = Path(drawn.workspace) / "features" / make_extractor(CLASSICAL).key
    digests = [record.sha256 for record in drawn.records]
    assert FeatureCache(folder).missing(digests) == []
    assert np.isfinite(FeatureCache(folder).load(digests)).all()
    second = Heard()
    await compute.extract(drawn, CLASSICAL, second)
    assert second == []


async def test_a_small_dataset_gets_time_slices_amid_those_of_a_large_one(
    compute: LocalCompute, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "PHOTOS_A_TURN", 2)
    large = drawn_files(tmp_path / "large", classes=3, photos=40)
    small = drawn_files(tmp_path / "small", classes=2, photos=8)
    begun = asyncio.Event()
    slow = asyncio.create_task(compute.extract(large, CLASSICAL, lambda progress: begun.set()))
    await begun.wait()
    await compute.extract(small, CLASSICAL, Heard())
    assert not slow.done()
    await slow


async def test_a_fit_never_waits_for_features_of_others(
    compute: LocalCompute, tmp_path: Path
) -> None:
    drawn, ready = drawn_files(tmp_path / "drawn"), ready_files(tmp_path / "ready")
    stopped: set[int] = set()
    all_stopped = asyncio.Event()

    def stop_all(progress: Progress) -> None:
        """Each process says once that it has begun, and then goes no further."""
        stopped.update(stop("features"))
        if len(stopped) == local.HEAVY_PROCESSES:
            all_stopped.set()

    slow = asyncio.create_task(compute.extract(drawn, CLASSICAL, stop_all))
    await all_stopped.wait()
    await compute.extract(ready, CLASSICAL, Heard())
    fitted = await fit(compute, ready, tmp_path / "model.onnx", Heard(), FitOptions())
    assert fitted.card.report.complete
    assert not slow.done()

    slow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await slow
    assert not any(p.name == "features" for p in multiprocessing.active_children())


async def test_a_cancelled_extraction_keeps_its_finished_slices(
    compute: LocalCompute, drawn: DatasetFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "PHOTOS_A_TURN", 2)
    half_done = asyncio.Event()

    def watch(progress: Progress) -> None:
        if progress.done >= progress.total / 2:
            half_done.set()

    slow = asyncio.create_task(compute.extract(drawn, CLASSICAL, watch))
    ended = asyncio.create_task(half_done.wait())
    await asyncio.wait([slow, ended], return_when=asyncio.FIRST_COMPLETED)
    slow.cancel()
    await asyncio.wait([slow])
    assert slow.cancelled()

    heard = Heard()
    await compute.extract(drawn, CLASSICAL, heard)
    distinct = len({record.sha256 for record in drawn.records})
    assert {progress.total < distinct for progress in heard} == {True}


async def test_progress_counts_to_the_whole_from_the_start(
    compute: LocalCompute, drawn: DatasetFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "PHOTOS_A_TURN", 4)
    heard = Heard()
    await compute.extract(drawn, CLASSICAL, heard)
    distinct = len({record.sha256 for record in drawn.records})
    assert {progress.total for progress in heard} == {distinct}
    assert heard[-1].done == distinct
