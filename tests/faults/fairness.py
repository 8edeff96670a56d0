"""One person with 500 requests of all kinds, and nine with one each: `python -m tests.faults.fairness [REQUESTS]`.

Each of the nine is to be served within two lengths of their job of what they wait on an empty bot. A job's length is
the median of its kind on the empty bot, one at a time; what the nine wait there is measured in the same run, asked
at the same moment too.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.acceptance import baskets
from tests.faults._telegram import Said, Telegram, played

REQUESTS = 500
ROUNDS = 5
BUSY = 800
WITH_PHOTO, WITH_FIT = range(801, 807), range(807, 810)
BASKET = baskets.drawn(classes=6, photos=40)
PHOTO = BASKET.unseen[0]
ZIP = baskets.drawn("more", classes=2, photos=5, seed=5).zipped
# Of ten requests of the one person; the rest are photos.
FITS, UPLOADS = 2, 1


@dataclass(frozen=True)
class Waits:
    """Seconds until each was served; photos and fits in the order of their people."""

    photos: Sequence[float]
    fits: Sequence[float]


@dataclass(frozen=True)
class Outcome:
    """What people waited: alone : each kind by itself, again and again; empty : the nine on an empty bot;
    busy : the nine beside the one. photos, fits : how many of the one's were done while those of the nine were."""

    alone: Waits
    empty: Waits
    busy: Waits
    photos: int
    fits: int

    @property
    def rows(self) -> list[str]:
        return [
            f"| {kind} | {median(alone):.2f} | {max(empty):.2f} | {max(busy):.2f} "
            f"| {max(empty) + 2 * median(alone):.2f} |"
            for kind, alone, empty, busy in self._kinds
        ]

    @property
    def delays(self) -> list[str]:
        """Who waited too long."""
        return [
            f"{kind} of person {number}: {wait:.2f} s, on an empty bot {before:.2f} s"
            for kind, alone, empty, busy in self._kinds
            for number, (before, wait) in enumerate(zip(empty, busy, strict=True), start=1)
            if wait > max(empty) + 2 * median(alone)
        ]

    @property
    def _kinds(self) -> list[tuple[str, Sequence[float], Sequence[float], Sequence[float]]]:
        return [
            ("photo", self.alone.photos, self.empty.photos, self.busy.photos),
            ("fit", self.alone.fits, self.empty.fits, self.busy.fits),
        ]


HEAD = """\
| job | alone: median, s | nine on an empty bot: most, s | nine beside one with many: most, s | allowed, s |
|---|---|---|---|---|"""


class Trial:
    """The one and the nine, and a bot."""

    def __init__(self, telegram: Telegram, basket: baskets.Basket) -> None:
        self._telegram = telegram
        self._basket = basket

    async def prepare(self) -> None:
        """Who will train uploads something to train on, and the bot answers a first photo."""
        await asyncio.gather(*map(self._upload, (BUSY, *WITH_FIT)))
        await self.photo(WITH_PHOTO[0])

    async def photo(self, user: int) -> float:
        """Seconds until a photo is answered."""
        began = time.monotonic()
        (number,) = await self._telegram.send(user, [("photo", ("1.jpg", PHOTO))])
        said = await self._telegram.hears(user, lambda said: said.answers == number)
        return said.at - began

    async def fit(self, user: int) -> float:
        """Seconds until a training is done."""
        began = time.monotonic()
        await self._telegram.send(user, text=baskets.QUICK_FIT)
        said = await self._telegram.hears(user, lambda said: "is ready" in said.text, began)
        return said.at - began

    async def alone(self, rounds: int) -> Waits:
        photos = [await self.photo(WITH_PHOTO[0]) for _ in range(rounds)]
        return Waits(photos, [await self.fit(WITH_FIT[0]) for _ in range(rounds)])

    async def nine(self) -> Waits:
        photos = asyncio.gather(*map(self.photo, WITH_PHOTO))
        fits = asyncio.gather(*map(self.fit, WITH_FIT))
        return Waits(await photos, await fits)

    async def many(self, requests: int) -> None:
        """The one asks for everything at once, kinds by turns."""
        await asyncio.gather(*map(self._request, range(requests)))

    async def _request(self, number: int) -> None:
        if number % 10 < FITS:
            await self._telegram.send(BUSY, text=baskets.QUICK_FIT)
        elif number % 10 < FITS + UPLOADS:
            await self._telegram.send(BUSY, [("document", ("more.zip", ZIP))])
        else:
            await self._telegram.send(BUSY, [("photo", ("1.jpg", PHOTO))])

    def done(self, looks_right: Callable[[Said], object], since: float, within_s: float) -> int:
        """How many such things the one has heard within so many seconds from a moment on."""
        heard = self._telegram.said[BUSY]
        return sum(bool(looks_right(s)) for s in heard if since <= s.at <= since + within_s)

    async def _upload(self, user: int) -> None:
        name, zipped = self._basket.name, self._basket.zipped
        await self._telegram.send(user, [("document", (f"{name}.zip", zipped))])
        summary = f"{len(self._basket.to_teach)} photos"
        await self._telegram.hears(user, lambda said: summary in said.text)


async def run(requests: int, rounds: int, basket: baskets.Basket = BASKET) -> Outcome:
    """On the empty bot first: each kind so often by itself. basket : what is trained on."""
    with tempfile.TemporaryDirectory() as folder:
        async with played(Path(folder), MAX_QUEUED_FITS=str(requests)) as (telegram, bot):
            trial = Trial(telegram, basket)
            await trial.prepare()
            alone, empty = await trial.alone(rounds), await trial.nine()
            telegram.said.clear()
            await trial.many(requests)
            began = time.monotonic()
            busy = await trial.nine()
            photos = trial.done(lambda said: said.answers, began, max(busy.photos))
            fits = trial.done(lambda said: "is ready" in said.text, began, max(busy.fits))
        assert "Traceback" not in bot.log, bot.log
    return Outcome(alone, empty, busy, photos, fits)


def main() -> int:
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else REQUESTS
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}", flush=True)
    with tempfile.TemporaryDirectory() as keys:
        os.environ["XDG_CONFIG_HOME"] = keys
        outcome = asyncio.run(run(requests, ROUNDS))
    print(HEAD, *outcome.rows, sep="\n")
    print(
        f"Of the one's {requests}, {outcome.photos} photos and {outcome.fits} fits were done by then."
    )
    print(*outcome.delays, sep="\n")
    return 1 if outcome.delays else 0


if __name__ == "__main__":
    sys.exit(main())
