"""The photos behind a cell of a confusion matrix."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from core.entities import Dataset, Example, FitOptions, Model
from core.errors import DatasetChanged
from core.ports import Drawing, Examples, Files, Training
from core.services.classes import PAGE_PHOTOS
from core.services.datasets import DatasetService


@dataclass(frozen=True, slots=True)
class MistakenPhotos:
    """photos : how many there are. examples : the first of them. picture : a JPEG in which these are
    numbered from 1 on."""

    photos: int
    examples: tuple[Example, ...]
    picture: bytes


class MistakeService:
    """Shows what a model took for something else."""

    def __init__(
        self,
        examples: Examples,
        files: Files,
        training: Training,
        drawing: Drawing,
        datasets: DatasetService,
    ) -> None:
        self._examples = examples
        self._files = files
        self._training = training
        self._drawing = drawing
        self._datasets = datasets

    async def behind(
        self, model: Model, dataset: Dataset, truth: str, named: str
    ) -> MistakenPhotos | None:
        """The held-out photos of the class `truth` that the model took for `named`; None where there are
        none.

        Raises DatasetChanged where the model learned from another version of the dataset, BadInput, and
        the workers' errors.
        """
        if dataset.version != model.card.dataset_version:
            raise DatasetChanged(name=dataset.name)
        recipe = model.card.recipe
        async with self._files.scratch() as folder:
            files = await self._datasets.files_of(dataset, folder)
            await self._training.extract(files, recipe, lambda progress: None)
            ids = await self._training.mistaken(files, recipe, FitOptions(), (truth, named))
            examples = await self._examples.find(dataset.owner_id, dataset.id, ids[:PAGE_PHOTOS])
            if not examples:
                return None
            out, photos = folder / "mistaken.jpg", await self._files.photos(dataset.owner_id)
            await self._drawing.draw_page(photos, [e.photo.sha256 for e in examples], 1, out)
            return MistakenPhotos(len(ids), examples, await asyncio.to_thread(out.read_bytes))
