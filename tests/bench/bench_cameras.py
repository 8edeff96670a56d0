"""Another camera: how many photos of taught kinds are named rightly, and accepted, when the camera, the
light or the place is another than that of the photos that taught the model.

Each head learns from the fruit and vegetables of train. Then it is asked about val as it is, about val as
other cameras would have taken it (`tests.bench.cameras`), about studio pictures of the same goods, and
about packages, which it was not taught. The last row is the recipe of the baseline, trained on changed
copies of train.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.entities import Certainty, Recipe
from core.models import modelfile
from core.models.baseline.build import COPIES, RECIPE, write_model
from core.models.baseline.photos import Photos, Shop, listed, read_shop, vectors_of
from core.models.prediction import certainty
from core.recipes import make_recipe
from tests.bench.cameras import CAMERAS
from tests.bench.data import V01, bench_folder, photos_are_missing
from tests.core.learning import GROCERY

HEADS: Mapping[str, Mapping[str, str]] = {
    **{name: {} for name in ("blend", "lda", "ridge", "rbf")},
    "logreg": {"C": "30"},
}
HEAD = """\
| features | head | val, % | other cameras, % | accepted, % | studio, of {studio} | accepted | helped \
| packages accepted, % | sure, % |
|---|---|---|---|---|---|---|---|---|---|"""
NOTES = """
Accepted: sure or probable. Helped: the right class is the one that is surely named, or one of the two that
are probably. Other cameras: the mean over {cameras} changes of val, in order: {names}."""


@dataclass(frozen=True)
class Asked:
    """Photos that a model is asked about. labels : their classes. vectors : float32 (n, d)."""

    labels: Sequence[str]
    vectors: NDArray[np.float32]


@dataclass(frozen=True)
class Asking:
    """All that is asked of models on the same features."""

    val: Asked
    cameras: Mapping[str, Asked]
    studio: Asked
    packages: Asked


@dataclass(frozen=True)
class Answered:
    """bool (n,) each, about n photos."""

    is_right: NDArray[np.bool_]
    is_sure: NDArray[np.bool_]
    is_accepted: NDArray[np.bool_]
    is_helped: NDArray[np.bool_]


def answer(model: modelfile.LoadedModel, asked: Asked) -> Answered:
    answers, card = model.answer(asked.vectors), model.card
    truth = np.array([_position(label, card.classes) for label in asked.labels])
    confidence = answers.scores[np.arange(len(truth)), answers.labels]
    said = [
        certainty(card, float(similarity), float(probability))
        for similarity, probability in zip(answers.similarities, confidence, strict=True)
    ]
    is_sure = np.array([one is Certainty.SURE for one in said])
    is_probable = np.array([one is Certainty.PROBABLE for one in said])
    is_right = answers.labels == truth
    likeliest = np.argsort(-answers.scores, axis=1)[:, :2]
    is_near = (likeliest == truth[:, None]).any(axis=1)
    return Answered(
        is_right, is_sure, is_sure | is_probable, (is_sure & is_right) | (is_probable & is_near)
    )


def _position(label: str, classes: Sequence[str]) -> int:
    """-1 for a class that the model was not taught."""
    return classes.index(label) if label in classes else -1


def asking(shop: Shop, recipe: Recipe) -> Asking:
    paths = [example.name for example in shop.val.examples]
    taught = set(shop.train.labels)
    studio = {path: label for path, label in listed(GROCERY, "iconic").items() if label in taught}
    return Asking(
        val=Asked(shop.val.labels, shop.val.vectors),
        cameras={
            name: Asked(shop.val.labels, vectors_of(GROCERY, paths, recipe, change))
            for name, change in CAMERAS.items()
        },
        studio=Asked(list(studio.values()), vectors_of(GROCERY, list(studio), recipe)),
        packages=Asked(shop.packages.labels, shop.packages.vectors),
    )


def row(name: str, taught: Photos, recipe: Recipe, asked: Asking, path: Path) -> Iterator[str]:
    """A row of the table, and the share of right answers for each camera."""
    write_model(taught, path, recipe=recipe)
    model = modelfile.load(path)
    val, studio, packages = (
        answer(model, some) for some in (asked.val, asked.studio, asked.packages)
    )
    cameras = [answer(model, photos) for photos in asked.cameras.values()]
    right = [100 * one.is_right.mean() for one in cameras]
    accepted = np.mean([one.is_accepted.mean() for one in cameras])
    yield (
        f"| {name} | {100 * val.is_right.mean():.1f} | {np.mean(right):.1f} | {100 * accepted:.0f} "
        f"| {studio.is_right.sum()} | {studio.is_accepted.sum()} | {studio.is_helped.sum()} "
        f"| {100 * packages.is_accepted.mean():.0f} | {100 * packages.is_sure.mean():.1f} |"
    )
    yield f"{name}: {' '.join(f'{share:.0f}' for share in right)}"


def run(folder: Path) -> None:
    path, details = folder / "cameras.onnx", list[str]()
    v01, today = make_recipe("lite2", "lda", V01), make_recipe()
    for title, features, copies in (("0.1.0", v01, 0), ("default", today, COPIES)):
        shop = read_shop(GROCERY, features, copies)
        asked = asking(shop, features)
        if not details:
            print(HEAD.format(studio=len(asked.studio.labels)))
        plain = replace(shop.train, copies=())
        taught = [
            (f"{title} | {name}", plain, make_recipe("lite2", name, settings), asked)
            for name, settings in HEADS.items()
        ]
        if copies:
            taught.append((f"{title} | baseline's", shop.train, RECIPE, asked))
        for name, photos, recipe, questions in taught:
            # The features are given, so only the head of the recipe counts.
            shown, detail = row(name, photos, recipe, questions, path)
            print(shown, flush=True)
            details.append(detail)
    print(NOTES.format(cameras=len(CAMERAS), names=", ".join(CAMERAS)))
    print("\n".join(details))


def main() -> None:
    if photos_are_missing():
        return
    with bench_folder() as folder:
        run(folder)


if __name__ == "__main__":
    main()
