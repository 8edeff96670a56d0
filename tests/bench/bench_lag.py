"""How long a large dataset holds the process that talks to Telegram, and keeps others from writing.

The target is that its event loop is held for at most 20 ms.

`python -m tests.bench.bench_lag [FOLDER [EXAMPLES [ZIP]]]`: through the services, on real storage and
workers in FOLDER, by default a temporary one, with EXAMPLES made-up examples, by default 37 000, whose
features are in the cache. ZIP is a dataset that is then uploaded and trained on too.

Run alone, this process imports no numpy, as the bot's does not: a garbage collection of all that comes
with it would be measured as well.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from core.entities import Dataset, JobKind, Model, Reading
from core.jobs.compute import make_compute
from core.jobs.local import LocalRunner
from core.models.baseline import FILE, baseline_model
from core.ports import OnProgress
from core.recipes import make_recipe
from core.services.jobs import RunningJob
from core.services.services import Services
from storage import Storage
from tests.bench.lag import HEAD, measured

EXAMPLES = 37_000
OWNER = 1
BUDGET_S = 10.0
RECIPE = make_recipe("hog")
POLL_S = 0.002


def make_up(folder: Path, examples: int) -> Reading:
    """Called in a process of its own, for the sake of this one's imports."""
    from tests.bench.noise import noise_reading

    return noise_reading(folder, examples)


async def measure_made_up(storage: Storage, services: Services, examples: int) -> None:
    check = storage.updates.check
    async with measured("nothing, for a second", check):
        await asyncio.sleep(1)
    async with storage.files.scratch() as folder:
        dataset = await imported(storage, folder, examples)
        async with measured("its listing is written", check):
            await storage.datasets.write_listing(OWNER, dataset.id, folder / "listing")
    async with measured("its description", check):
        await services.datasets.describe(dataset)
    await measure_fit(storage, services, dataset)
    await measure_edits(storage, services, dataset)
    await measure_deletion(storage, services, dataset)


async def imported(storage: Storage, folder: Path, examples: int) -> Dataset:
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        loop = asyncio.get_running_loop()
        reading = await loop.run_in_executor(process, make_up, folder / "reading", examples)
    job = await storage.jobs.create(OWNER, JobKind.UPLOAD, chat_id=OWNER)
    async with measured(f"a reading of {examples} photos is imported", storage.updates.check):
        return await storage.datasets.create(OWNER, "made up", reading, job.id)


async def measure_fit(storage: Storage, services: Services, dataset: Dataset) -> None:
    async with measured("a fit, until its training begins", storage.updates.check):
        running = await services.fits.fit(dataset, OWNER, RECIPE, None, curve=False)
        ending = asyncio.create_task(running.result())
        await begun(running, ending)
    async with measured("the fit, to its end", storage.updates.check):
        await ending


async def begun(running: RunningJob[Model], ending: asyncio.Task[Model]) -> None:
    """Returns once the worker trains, or the job has ended. Progress is read, as the chat does."""
    while running.progress.stage != "fit" and not ending.done():  # noqa: ASYNC110
        await asyncio.sleep(POLL_S)


async def measure_edits(storage: Storage, services: Services, dataset: Dataset) -> None:
    check, label = storage.updates.check, next(iter(dataset.classes))
    async with measured("one example gets another class", check):
        edited = await services.examples.relabel(OWNER, dataset.id, [1], f"not {label}")
    assert edited.version == dataset.version + 1
    async with measured("that is undone", check):
        await services.examples.undo(OWNER, dataset.id)
    async with measured(f"a class of {dataset.classes[label]} is renamed", check):
        await services.examples.rename_class(OWNER, dataset.id, label, f"not {label}")
    async with measured("that is undone too", check):
        await services.examples.undo(OWNER, dataset.id)


async def measure_deletion(storage: Storage, services: Services, dataset: Dataset) -> None:
    async with measured("it is deleted and tidied away", storage.updates.check):
        await services.datasets.delete(OWNER, dataset.id)
    # A tidying that fails is logged alone.
    assert not any((await storage.files.photos(OWNER)).path.glob("*/*"))


async def measure_upload(storage: Storage, services: Services, archive: Path) -> None:
    async def fetch(path: Path, on_progress: OnProgress) -> None:
        await asyncio.to_thread(shutil.copyfile, archive, path)

    check = storage.updates.check
    async with measured(f"{archive.name} is uploaded", check):
        dataset = await (await services.datasets.create(OWNER, OWNER, "sent", fetch)).result()
    async with measured("its description", check):
        await services.datasets.describe(dataset)
    async with measured("a sheet of samples", check):
        await services.datasets.sheet(dataset, others=True)
    async with measured("its first fit, features with it", check):
        await (await services.fits.fit(dataset, OWNER, RECIPE, None, curve=False)).result()
    await measure_fit(storage, services, dataset)
    await measure_deletion(storage, services, dataset)


@asynccontextmanager
async def serving(home: Path) -> AsyncIterator[tuple[Storage, Services]]:
    """Storage, and the services on it, as the bot's process has them."""
    storage, runner = await Storage.open(home), LocalRunner()
    try:
        await storage.users.get(OWNER, "en")
        await runner.start()
        services = Services(storage, make_compute(runner), BUDGET_S, baseline_model(), FILE)
        yield storage, services
        await services.jobs.close()
    finally:
        await runner.close()
        await storage.close()


async def run(home: Path, examples: int, archive: Path | None) -> None:
    async with serving(home) as (storage, services):
        print(HEAD)
        await measure_made_up(storage, services, examples)
        if archive:
            await measure_upload(storage, services, archive)
    if "numpy" in sys.modules:
        print("\nnumpy was imported in this process: run alone, it is the bot's likeness.")


def main(folder: str | None = None, examples: str = str(EXAMPLES), archive: str = "") -> None:
    with TemporaryDirectory(dir=folder) as home:
        asyncio.run(run(Path(home) / "data", int(examples), Path(archive) if archive else None))


if __name__ == "__main__":
    main(*sys.argv[1:])
