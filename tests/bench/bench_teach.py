"""How long a chat waits for what it taught, and what corrections are worth.

A bot process over the playground, quiet, and while somebody else's fit of 37 000 photos runs beside it: seconds
from the last photo of an album of five to "I can answer", which holds the second that an album is gathered,
and from a correction's press to the new answer. Then 50 wrong answers of a live model are corrected.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from core.datasets.twins import groups_of
from core.entities import JobKind
from storage import Storage
from tests.acceptance.baskets import QUICK_FIT
from tests.acceptance.people import Person
from tests.acceptance.process import BotProcess
from tests.bench import live_head
from tests.bench.data import (
    DEFAULT,
    bench_folder,
    grocery_archive,
    photos_are_missing,
    ready_files,
    workers,
)
from tests.bench.live_head import Labelled
from tests.bench.noise import noise_reading
from tests.core.learning import GROCERY, examples_of, vectors_of

ROUNDS = 10
ALBUM = 5
OTHERS_PHOTOS = 37_000
# Trees on all features: it runs on for as long as its budget.
OTHERS_FIT = f"{QUICK_FIT} reducer=none classifier=catboost depth=8 iterations=500"
BUDGET_S = "900"
OTHER = 1
TAUGHT_PER_CLASS = 5
CORRECTIONS = 50
STEPS = range(0, CORRECTIONS + 1, 10)
DRAWS = range(5)

_user_ids = count(1000)


def fruit(kind: str, start: int) -> list[bytes]:
    paths = sorted((GROCERY / "train" / "Fruit" / kind).rglob("*.jpg"))
    return [path.read_bytes() for path in paths[start : start + ALBUM]]


def first_lesson(bot: BotProcess) -> tuple[Person, float]:
    """A new person who has taught two albums; the seconds until the second was learned."""
    person = Person(bot, next(_user_ids))
    person.send_photos(*fruit("Lemon", 0), caption="lemon")
    person.hears("One more class")
    person.send_photos(*fruit("Kiwi", 0), caption="kiwi")
    sent = time.perf_counter()
    person.hears("I can answer now")
    return person, time.perf_counter() - sent


def correction(person: Person, number: int) -> float:
    """Asks about a photo, and names the second class; the seconds until that was learned."""
    person.send_photos(fruit("Avocado", number)[0])
    answer = person.sees(lambda message: "Other…" in message.buttons)
    label = list(answer.buttons)[1]
    pressed = time.perf_counter()
    person.press(answer, label)
    person.hears(f"Learned: {label}. Now I say")
    return time.perf_counter() - pressed


def row(bot: BotProcess, what: str) -> None:
    lessons, corrections = [], []
    for number in range(ROUNDS):
        person, seconds = first_lesson(bot)
        lessons.append(seconds)
        corrections.append(correction(person, number))
        person.leave()
    cells = (f"{median(times):.2f} ({max(times):.2f})" for times in (lessons, corrections))
    print(f"| {what} | {' | '.join(cells)} |", flush=True)


@contextmanager
def beside_a_fit(bot: BotProcess) -> Iterator[None]:
    other = Person(bot, OTHER)
    other.say(OTHERS_FIT)
    other.hears("Training on")
    yield
    other.ask("/cancel", "Stopped")
    other.leave()


async def import_others_photos(home: Path) -> None:
    storage = await Storage.open(home)
    try:
        await storage.users.get(OTHER, "en")
        async with storage.files.scratch() as folder:
            reading = noise_reading(folder / "reading", OTHERS_PHOTOS)
            job = await storage.jobs.create(OTHER, JobKind.UPLOAD, chat_id=OTHER)
            await storage.datasets.create(OTHER, "made up", reading, job.id)
    finally:
        await storage.close()


def print_waits() -> None:
    with TemporaryDirectory() as folder:
        asyncio.run(import_others_photos(Path(folder) / "data"))
        bot = BotProcess(Path(folder), FIT_BUDGET_S=BUDGET_S)
        bot.start()
        try:
            print(
                "| median (longest) of seconds | from an album to its answers | from a correction |"
            )
            print("|---|---|---|")
            row(bot, "quiet")
            with beside_a_fit(bot):
                row(bot, f"beside a fit of {OTHERS_PHOTOS} photos")
        finally:
            bot.kill()


async def labelled(folder: Path, part: str) -> Labelled:
    """The photos of `train` or `val` in coarse classes."""
    async with workers() as compute:
        files = await ready_files(compute, grocery_archive(folder, part), [DEFAULT])
    examples = examples_of(files)
    labels = np.array([example.label for example in examples])
    return Labelled(vectors_of(files, DEFAULT), labels, groups_of(examples))


def named(lesson: Labelled, asked: Labelled) -> NDArray[np.str_]:
    with TemporaryDirectory() as folder:
        model = live_head.taught(lesson, Path(folder) / "model.onnx")
    return np.array(model.card.classes)[model.answer(asked.vectors).labels]


def print_corrections(train: Labelled, val: Labelled) -> None:
    classes = len(np.unique(train.labels))
    shares = np.mean([corrected_shares(train, val, seed) for seed in DRAWS], axis=0)
    print(
        f"\nLive models, taught {TAUGHT_PER_CLASS} photos of each of {classes} coarse classes of `train`, mean of"
        f" {len(DRAWS)} draws: {CORRECTIONS} of the wrong answers of `val` are corrected; % right of its other photos:"
    )
    for corrections, share in zip(STEPS, shares, strict=True):
        print(f"{corrections} corrections: {share:.1f}")


def corrected_shares(train: Labelled, val: Labelled, seed: int) -> list[float]:
    """% right of the photos that are not corrected, after so many corrections as STEPS tell."""
    lesson = live_head.drawn(train, len(np.unique(train.labels)), TAUGHT_PER_CLASS, seed)
    wrong = np.flatnonzero(named(lesson, val) != val.labels)
    corrected = np.random.default_rng(seed).permutation(wrong)[:CORRECTIONS]
    others = np.setdiff1d(np.arange(len(val.labels)), corrected)
    shares = []
    for corrections in STEPS:
        answers = named(joined(lesson, val.rows(corrected[:corrections])), val)
        shares.append(100 * float(np.mean((answers == val.labels)[others])))
    return shares


def joined(one: Labelled, other: Labelled) -> Labelled:
    """Both; their near duplicates count as different photos."""
    return Labelled(
        np.concatenate([one.vectors, other.vectors]),
        np.concatenate([one.labels, other.labels]),
        np.concatenate([one.groups, other.groups + one.groups.max() + 1]),
    )


def main() -> None:
    if photos_are_missing():
        return
    print_waits()
    with bench_folder() as folder:
        train, val = (asyncio.run(labelled(folder, part)) for part in ("train", "val"))
        with threadpool_limits(1):
            print_corrections(train, val)


if __name__ == "__main__":
    main()
