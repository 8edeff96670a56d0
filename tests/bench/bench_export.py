"""The one file from pixels to the answer against the bot's own answers, on the real photos of `val`.

Arguments: names of features to measure, and `baseline`; all by default.
"""

from __future__ import annotations

import asyncio
import io
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image, ImageOps

from core.entities import Certainty, ExportFormat, FitOptions
from core.features.registry import make_extractor
from core.models import modelfile
from core.models.baseline import FILE as BASELINE_FILE
from core.models.prediction import certainty
from core.photos.images import decode
from core.ports import Compute
from core.recipes import make_recipe
from core.sealed import Stored
from tests.bench.data import (
    bench_folder,
    grocery_archive,
    photos_are_missing,
    ready_files,
    workers,
)
from tests.core.learning import GROCERY, ignore

FEATURES = ("lite2", "fast", "best", "lite0")
BASELINE = "baseline"
BUDGET_S = 60.0

# What a phone of 12 megapixels makes, of each so many photos one.
PHONE_SIZE, PHONE_STEP = (3024, 4032), 10
PHONE_NOISE = 6.0

HEAD = """\
| model | photos | labels equal | known equal | largest Δp | mean Δp | bot ms | file ms | load ms | MB |
|---|---|---|---|---|---|---|---|---|---|"""
NOTES = """
`val` as it is, and every {step}th photo enlarged to 12 megapixels, with noise, as a JPEG. The bot reduces such a
JPEG while it decodes it, the file gets all pixels. Δp: of the probabilities of all classes of a photo, the one that
differs most. Milliseconds: one thread; the bot's with decoding, the file's without."""


@dataclass(frozen=True)
class Answer:
    label: str
    scores: NDArray[np.float32]
    known: bool
    seconds: float


class Bot:
    """A model file as a worker uses it."""

    def __init__(self, path: Path) -> None:
        self._model = modelfile.load(path)
        self._extractor = make_extractor(self._model.card.recipe)

    def answer(self, photo: bytes) -> Answer:
        began = time.perf_counter()
        card = self._model.card
        vectors = self._extractor.extract([decode(photo, self._extractor.side)])
        answers = self._model.answer(vectors)
        seconds = time.perf_counter() - began
        known = certainty(card, float(answers.similarities[0]), None) is not Certainty.UNKNOWN
        return Answer(card.classes[answers.labels[0]], answers.scores[0], known, seconds)


class Exported:
    """The one file, in ONNX Runtime alone."""

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        began = time.perf_counter()
        self._session = onnxruntime.InferenceSession(
            path, options, providers=["CPUExecutionProvider"]
        )
        self.load_s = time.perf_counter() - began

    def answer(self, photo: bytes) -> Answer:
        upright = ImageOps.exif_transpose(Image.open(io.BytesIO(photo))).convert("RGB")
        pixels = np.asarray(upright)
        began = time.perf_counter()
        label, scores, _, known = self._session.run(None, {"image": pixels})
        return Answer(str(label[0]), scores, bool(known[0]), time.perf_counter() - began)


def small_photos() -> list[bytes]:
    return [path.read_bytes() for path in sorted((GROCERY / "val").rglob("*.jpg"))]


def large_photos() -> list[bytes]:
    return [_as_by_a_phone(photo, seed) for seed, photo in enumerate(small_photos()[::PHONE_STEP])]


def _as_by_a_phone(photo: bytes, seed: int) -> bytes:
    enlarged = (
        Image.open(io.BytesIO(photo)).convert("RGB").resize(PHONE_SIZE, Image.Resampling.LANCZOS)
    )
    noise = np.random.default_rng(seed).normal(0, PHONE_NOISE, (*PHONE_SIZE[::-1], 3))
    noisy = np.clip(np.asarray(enlarged) + noise, 0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(noisy).save(file, "JPEG", quality=90)
    return file.getvalue()


def compare(name: str, model: Path, file: Path, photos: Sequence[bytes], what: str) -> str:
    """A row of the table."""
    bot, exported = Bot(model), Exported(file)
    pairs = [(bot.answer(photo), exported.answer(photo)) for photo in photos]
    labels = np.mean([one.label == other.label for one, other in pairs])
    known = np.mean([one.known == other.known for one, other in pairs])
    differences = [np.abs(one.scores - other.scores).max() for one, other in pairs]
    bot_ms, file_ms = (1e3 * np.mean([pair[side].seconds for pair in pairs]) for side in (0, 1))
    return (
        f"| {name} | {len(pairs)} {what} | {labels:.2%} | {known:.2%} | {max(differences):.2g} "
        f"| {np.mean(differences):.2g} | {bot_ms:.0f} | {file_ms:.0f} | {exported.load_s * 1e3:.0f} "
        f"| {file.stat().st_size / 1e6:.1f} |"
    )


async def trained(compute: Compute, folder: Path, features: str) -> Path:
    """A model of these features that has learned `train`; one from before is used again."""
    path = folder / f"export-{features}.model.onnx"
    if path.exists():
        return path
    recipe = make_recipe(features)
    files = await ready_files(compute, grocery_archive(folder, "train"), [recipe])
    options = FitOptions(BUDGET_S)
    await compute.training.fit(files, recipe, options, ("shop", 1), path, ignore)
    return path


async def run(folder: Path, names: Sequence[str]) -> None:
    small, large = small_photos(), large_photos()
    async with workers() as compute:
        print(HEAD, flush=True)
        for name in names:
            model = BASELINE_FILE if name == BASELINE else await trained(compute, folder, name)
            file = folder / f"export-{name}.onnx"
            await compute.exporting.export(Stored(model), ExportFormat.ONNX, file)
            print(compare(name, model, file, small, "of `val`"), flush=True)
            print(compare(name, model, file, large, "of 12 MP"), flush=True)
    print(NOTES.format(step=PHONE_STEP))


def main(*names: str) -> None:
    if photos_are_missing():
        return
    with bench_folder() as folder:
        asyncio.run(run(folder, names or (BASELINE, *FEATURES)))


if __name__ == "__main__":
    main(*sys.argv[1:])
