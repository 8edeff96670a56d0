"""Heat maps checked by hiding: photos lose the fifth that speaks most for the class, or a random fifth.

What is hidden becomes the photo's mean colour. A random fifth is the hottest one moved to somewhere else, or a
fifth of a hundred squares. Models are trained on `train`, coarse classes; 100 photos of `val` are asked.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.entities import FitOptions, Recipe
from core.features.backbone import Backbone
from core.features.places import places_of
from core.features.registry import make_extractor
from core.models import modelfile, prediction
from core.models.heatmap import heat_map
from core.models.preference import Preference
from core.photos.images import decode
from core.ports import Compute, DatasetFiles
from core.recipes import make_recipe
from core.sealed import Stored
from tests.bench.data import (
    DEFAULT,
    bench_folder,
    grocery_archive,
    photos_are_missing,
    ready_files,
    workers,
)
from tests.core.learning import GROCERY, ignore

RECIPES = (
    DEFAULT,
    make_recipe("lite2", "lda"),
    make_recipe("lite2", "rbf"),
    make_recipe("lite2", "svc"),
    make_recipe("lite2", "svc", {"kernel": "linear"}),
)
PHOTOS = 100
SHARE = 0.2
SQUARES = 10
SEED = 0

Mask = NDArray[np.bool_]
Choice = Callable[[Mask, np.random.Generator], Mask]

HEADER = """| head | moved: preference | moved: log p | squares: preference | squares: log p | largest error of a sum |
| --- | --- | --- | --- | --- | --- |"""
NOTES = f"""
Of {PHOTOS} photos: on how many hiding the hottest fifth lowers the number more than hiding a random one does. preference:
what the map shows, of the class and its runner-up; log p: of the class. Error: of map + bias, as a share of the
preference, where the map is exact."""


def moved(hottest: Mask, random: np.random.Generator) -> Mask:
    """The same shape elsewhere; what leaves the photo comes in on the other side."""
    rows, columns = hottest.shape
    return np.roll(hottest, (random.integers(rows), random.integers(columns)), (0, 1))


def squares(hottest: Mask, random: np.random.Generator) -> Mask:
    """A fifth of the squares."""
    chosen = np.zeros(SQUARES**2, bool)
    chosen[random.permutation(chosen.size)[: round(SHARE * chosen.size)]] = True
    rows, columns = (np.arange(side) * SQUARES // side for side in hottest.shape)
    return chosen.reshape(SQUARES, SQUARES)[np.ix_(rows, columns)]


CHOICES: dict[str, Choice] = {"moved": moved, "squares": squares}


def hidden(image: Image.Image, mask: Mask) -> Image.Image:
    pixels = np.array(image)
    pixels[mask] = pixels.reshape(-1, 3).mean(0)
    return Image.fromarray(pixels)


def photos() -> Iterator[bytes]:
    paths = sorted((GROCERY / "val").rglob("*.jpg"))
    for position in np.random.default_rng(SEED).permutation(len(paths))[:PHOTOS]:
        yield paths[position].read_bytes()


def row_of(path: Path, recipe: Recipe) -> str:
    """A row of the table, of the model at a path."""
    model, extractor = modelfile.load(path), make_extractor(recipe)
    assert isinstance(extractor, Backbone)
    random = np.random.default_rng(SEED)
    lowered: Counter[str] = Counter()
    errors = [0.0]
    for photo in photos():
        image = decode(photo, extractor.side)
        (one, _), (other, _) = prediction.predict(model, image).top[:2]
        preference = Preference(Stored(path), model.card, one, other)
        found = heat_map(preference, places_of(extractor, image))
        density = found.density(*image.size)
        hottest = density >= np.quantile(density, 1 - SHARE)
        masks = [hottest, *(choose(hottest, random) for choose in CHOICES.values())]
        vectors = extractor.extract([image, *(hidden(image, mask) for mask in masks)])
        preferred = preference(vectors)
        probabilities = model.answer(vectors).scores[:, model.card.classes.index(one)]
        for number, name in enumerate(CHOICES, start=2):
            lowered[f"{name}: preference"] += bool(preferred[1] < preferred[number])
            lowered[f"{name}: log p"] += bool(probabilities[1] < probabilities[number])
        if found.is_exact:
            errors.append(abs(found.total + found.bias - preferred[0]) / abs(preferred[0]))
    cells = [lowered[f"{name}: {number}"] for name in CHOICES for number in ("preference", "log p")]
    kernel = recipe.hyperparameters.get("svc__kernel", "")
    error = f"{max(errors):.0e}" if found.is_exact else ""
    return f"| {recipe.classifier} {kernel} | {' | '.join(map(str, cells))} | {error} |"


async def fitted(compute: Compute, files: DatasetFiles, recipe: Recipe, folder: Path) -> Path:
    out = folder / f"why-{recipe.name}.onnx"
    await compute.training.fit(files, recipe, FitOptions(), ("why", 1), out, ignore)
    return out


async def run(folder: Path) -> None:
    print(HEADER)
    async with workers() as compute:
        files = await ready_files(compute, grocery_archive(folder, "train"), RECIPES)
        for recipe in RECIPES:
            path = await fitted(compute, files, recipe, folder)
            print(row_of(path, recipe), flush=True)
    print(NOTES)


def main() -> None:
    if photos_are_missing():
        return
    with bench_folder() as folder:
        asyncio.run(run(folder))


if __name__ == "__main__":
    main()
