"""One round of `bench_sealed` with the code of the working folder: prints its seconds as JSON.

`python sealed_once.py ARCHIVE PHOTO`, also with code of before the encryption.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import shutil
import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from core.features.cache import FeatureCache
from core.features.registry import make_extractor
from core.jobs.compute import make_compute
from core.jobs.local import LocalRunner
from core.models.baseline import FILE, baseline_model
from core.recipes import make_recipe
from core.services.services import Services
from storage.storage import Storage

OWNER = 1
ANSWERS = 30
RECIPE = make_recipe()


async def measured(home: Path, archive: Path, photo: Path) -> dict[str, float]:
    storage, runner = await Storage.open(home), LocalRunner()
    await runner.start()
    services = Services(storage, make_compute(runner), 10.0, baseline_model(), FILE)
    await services.users.meet(OWNER, "en")
    seconds = {}

    async def fetch(path: Path, _: Any) -> None:
        shutil.copy(archive, path)

    started = time.perf_counter()
    running = await services.datasets.create(OWNER, OWNER, "grocery", fetch)
    dataset = await running.result()
    seconds["upload"] = time.perf_counter() - started

    await fill_cache(storage, services, dataset)
    started = time.perf_counter()
    model = await (await services.fits.fit(dataset, OWNER, RECIPE, None, curve=False)).result()
    seconds["fit"] = time.perf_counter() - started
    await services.models.use(OWNER, OWNER, model.id)

    async def fetch_photo(path: Path) -> None:
        shutil.copy(photo, path)

    times = []
    for _ in range(ANSWERS):
        started = time.perf_counter()
        await services.predictions.predict(OWNER, [fetch_photo])
        times.append(time.perf_counter() - started)
    seconds["answer"] = statistics.median(times)
    await runner.close()
    await storage.close()
    return seconds


async def fill_cache(storage: Any, services: Any, dataset: Any) -> None:
    """Vectors as the network would make them, a cluster for each class."""
    examples = [
        example
        for label in dataset.classes
        for example in await storage.examples.of_class(OWNER, dataset.id, label)
    ]
    random = np.random.default_rng(0)
    extractor = make_extractor(RECIPE)
    dimension = extractor.dimension
    centers = {label: random.normal(size=dimension) for label in dataset.classes}
    vectors = random.normal(size=(len(examples), dimension))
    vectors += np.array([centers[example.label] for example in examples])
    found = storage.files.cache(OWNER)
    if inspect.isawaitable(found):
        found = await found
    path, *key = (found.path, found.key) if hasattr(found, "key") else (found,)
    cache = FeatureCache(path / "features" / extractor.key, *key)
    for start in range(0, len(examples), 256):
        part = slice(start, start + 256)
        digests = [example.photo.sha256 for example in examples[part]]
        cache.append(digests, vectors[part].astype(np.float32))


def main() -> None:
    archive, photo = map(Path, sys.argv[1:])
    with TemporaryDirectory() as folder:
        print(json.dumps(asyncio.run(measured(Path(folder) / "data", archive, photo))))


if __name__ == "__main__":
    main()
