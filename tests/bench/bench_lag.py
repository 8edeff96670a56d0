"""How long the process that talks to Telegram is held while a large dataset is uploaded and trained on.

Through the services, on real storage and workers, with the archive of 36 960 photos where
LUKOSHKO_BENCH_DIR holds it, else of 1 000. The features are computed once before the fit is measured.
"""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from core.models.baseline import FILE, baseline_model
from core.ports import OnProgress
from core.services.services import Services, make_services
from storage import Storage
from tests.bench.data import (
    CLASSICAL,
    LARGE,
    bench_folder,
    grown_archive,
    photos_are_missing,
    workers,
)
from tests.bench.lag import measured

SMALL = 1_000
OWNER = 1


async def measure(services: Services, archive: Path) -> None:
    async def fetch(path: Path, on_progress: OnProgress) -> None:
        await asyncio.to_thread(shutil.copyfile, archive, path)

    print("| step | ms | the event loop held, ms at most |\n|---|---|---|")
    async with measured("upload"):
        running = await services.datasets.create(OWNER, OWNER, "large", fetch)
        dataset = await running.result()
    async with measured("describe"):
        await services.datasets.describe(dataset)
    async with measured("first fit, its features with it"):
        await (await services.fits.fit(dataset, OWNER, CLASSICAL, None, curve=False)).result()
    async with measured("second fit"):
        await (await services.fits.fit(dataset, OWNER, CLASSICAL, None, curve=False)).result()
    async with measured("a sheet of examples"):
        await services.datasets.sheet(dataset, others=True)
    async with measured("delete and tidy"):
        await services.datasets.delete(OWNER, dataset.id)


async def run(folder: Path, home: Path) -> None:
    large = folder / f"grown-{LARGE}.zip"
    archive = large if large.exists() else grown_archive(folder, SMALL)
    storage = await Storage.open(home)
    await storage.users.get(OWNER, "en")
    try:
        async with workers() as compute:
            services = make_services(storage, compute, 10, baseline_model(), FILE)
            await measure(services, archive)
            await services.jobs.close()
    finally:
        await storage.close()


def main() -> None:
    if photos_are_missing():
        return
    with bench_folder() as folder, TemporaryDirectory(dir=folder) as home:
        asyncio.run(run(folder, Path(home)))


if __name__ == "__main__":
    main()
