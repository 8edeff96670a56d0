"""What a first and a second fit cost on the 2 640 training photos of the Grocery Store data set."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from core.entities import FitOptions
from core.jobs.local import LocalCompute
from core.ports import DatasetFiles
from core.recipes import make_recipe
from tests.core.learning import GROCERY, ignore, zip_groceries


@contextmanager
def measured(what: str, seconds: list[float]) -> Iterator[None]:
    started = time.perf_counter()
    yield
    seconds.append(time.perf_counter() - started)
    print(f"{what:24} {seconds[-1]:6.2f} s", flush=True)


async def train(compute: LocalCompute, files: DatasetFiles, out: Path, C: str) -> list[float]:  # noqa: N803
    """Seconds of the extraction and of the fit."""
    recipe, seconds = make_recipe(settings={"C": C}), list[float]()
    with measured(f"features, C = {C}", seconds):
        await compute.extract(files, recipe, ignore)
    with measured(f"fit, C = {C}", seconds):
        fitted = await compute.fit(files, recipe, FitOptions(), ("shop", 1), out, ignore)
    report = fitted.card.report
    print(f"{report.n_test} held out: {report.accuracy:.1%} right, macro F1 {report.f1_macro:.3f}")
    return seconds


async def run(folder: Path) -> None:
    archive, workspace = zip_groceries("train", folder / "shop.zip"), folder / "workspace"
    compute, first = LocalCompute(), list[float]()
    await compute.start()
    with measured("read", first):
        reading = await compute.read_archive(archive, "source", (), workspace, ignore)
    files = DatasetFiles(reading.records, {"source": str(archive)}, str(workspace))
    first += await train(compute, files, folder / "first.onnx", "10")
    second = await train(compute, files, folder / "second.onnx", "1")
    await compute.close()
    ratio = sum(first) / sum(second)
    print(f"in all: first {sum(first):.2f} s, second {sum(second):.2f} s, {ratio:.1f} : 1")


def main() -> None:
    if not GROCERY.is_dir():
        print("Needs the Grocery Store photos in ../shared/data/grocery, which are not there.")
        return
    with TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder)))


if __name__ == "__main__":
    main()
