"""Live models: each follows the edits of one dataset."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from weakref import WeakValueDictionary

from core import names
from core.entities import BASELINE_NAME, Dataset, LiveFit, Model, Search
from core.errors import error_of_disk
from core.ports import Files, Models, Searches, Teaching, Training
from core.recipes import make_recipe
from core.services.datasets import DatasetService

logger = logging.getLogger(__name__)

PATIENCE_S = 8.0
"""Seconds that an answer waits for a live model that is behind its dataset."""

SMALL_IMAGES = 1000
"""A dataset of at most so many trains within a second, features aside."""


def _nothing(progress: object) -> None:
    pass


def can_answer(dataset: Dataset) -> bool:
    """Return whether a live model can learn from the dataset: there are two classes, or beside those of the
    baseline one, or a photo that is none of them."""
    if dataset.extends_baseline:
        return bool(dataset.training_classes or dataset.negatives)
    return len(dataset.training_classes) >= 2


def keeping_from_a_test(dataset: Dataset) -> tuple[str, ...]:
    """The classes of a single photo, where they alone keep the live model from being tested; none where all classes are
    such, for then there was no score yet."""
    if dataset.extends_baseline or dataset.images > SMALL_IMAGES:
        return ()
    single = tuple(label for label, count in dataset.training_classes.items() if count == 1)
    return single if len(single) < len(dataset.training_classes) else ()


class LiveModels:
    """Trains live models, never two of one dataset at a time."""

    def __init__(
        self,
        models: Models,
        searches: Searches,
        files: Files,
        training: Training,
        teaching: Teaching,
        datasets: DatasetService,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._models = models
        self._searches = searches
        self._files = files
        self._training = training
        self._teaching = teaching
        self._datasets = datasets
        self._patience_s = patience_s
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._following: set[asyncio.Task[Model | None]] = set()

    async def follow(self, owner_id: int, dataset_id: int) -> Model | None:
        """The live model of the dataset as it is now; None where it can't have one, and then there is none
        any more.

        Of several callers, those who wait while one trains get the model of one more training: the
        newest edit wins. Raises DatasetNotFound and the workers' errors.
        """
        lock = self._locks.setdefault(dataset_id, asyncio.Lock())
        async with lock:
            dataset = await self._datasets.get(owner_id, dataset_id)
            live = await self._models.find_live(owner_id, dataset_id)
            if live and live.card.dataset_version == dataset.version:
                return live
            if can_answer(dataset):
                return await self._train(dataset, live)
            if live:
                await self._models.delete(owner_id, live.id)
            return None

    async def soon(self, live: Model) -> Model | None:
        """What `follow` gives for a live model's dataset; the model as it is where that fails, or takes more than
        a moment: whoever waits for an answer is not to wait for the features of a large upload.

        The training goes on, and later callers wait for the same one.
        """
        if live.dataset_id is None:
            return live
        following = asyncio.create_task(self.follow(live.owner_id, live.dataset_id))
        self._following.add(following)
        following.add_done_callback(self._following.discard)
        done, _ = await asyncio.wait([following], timeout=self._patience_s)
        if not done:
            return live
        if error := following.exception():
            # The next answer tries again; what the disk lacks needs no traceback.
            trace = None if error_of_disk(error) else error
            logger.error("a live model could not follow its dataset: %r", error, exc_info=trace)
            return live
        return following.result()

    async def find(self, owner_id: int, dataset_id: int) -> Model | None:
        """The live model as it is, perhaps of an earlier version; None where there is none."""
        return await self._models.find_live(owner_id, dataset_id)

    async def _train(self, dataset: Dataset, live: Model | None) -> Model:
        async with self._files.scratch() as folder:
            files = await self._datasets.files_of(dataset, folder)
            await self._training.extract(files, make_recipe(), _nothing)
            out = folder / "model.onnx"
            fit = await self._teaching.fit_live(
                files,
                (dataset.name, dataset.version),
                out,
                extends_baseline=dataset.extends_baseline,
                is_small=dataset.images <= SMALL_IMAGES,
            )
            file = await self._files.put(dataset.owner_id, Path(fit.fitted.path))
        await self._keep_suspects(dataset, fit)
        name = live.name if live else await self._free_name(dataset)
        return await self._models.put_live(dataset.owner_id, dataset.id, name, file, fit.fitted)

    async def _keep_suspects(self, dataset: Dataset, fit: LiveFit) -> None:
        if fit.suspects is not None:
            search = Search(dataset.version, fit.suspects)
            await self._searches.keep(dataset.owner_id, dataset.id, search)

    async def _free_name(self, dataset: Dataset) -> str:
        """The dataset's name, with a number where another model has it."""
        kept = await self._models.list(dataset.owner_id)
        return names.free(dataset.name, [BASELINE_NAME, *(model.name for model in kept)])
