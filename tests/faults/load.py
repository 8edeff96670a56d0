"""Many people at once while two fits run: `python -m tests.faults.load [SECONDS [RATE…]]`.

So many commands a second for so long (60 s of 20, 50, 100 and 200), until each is answered. Nothing may be lost or
doubled; Telegram takes 30 messages a second, and where more is asked that many are to be sent; where
less is asked /help is to be answered at once; the bot's memory is to stay as it is.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from socket import create_server
from statistics import median, quantiles

from tests.acceptance import baskets
from tests.acceptance.process import BotProcess
from tests.faults._telegram import Said, Telegram, command, played

SECONDS = 60.0
RATES = (20, 50, 100, 200)
# So many people that no chat gets more messages than Telegram lets one have.
PEOPLE = range(1001, 1601)
FITTERS = (901, 902)
# A command, and words of its answer; every other one is /help.
COMMANDS = (
    ("/models", "model"),
    ("/datasets", "dataset"),
    ("/usage", "photos: "),
    ("/model none", "none"),
)
HELP = ("/help", "/upload_dataset")

LEAST_SENT = 29.0
MOST_MEDIAN_S = 0.3
# Telegram's limit, under which what is asked can be answered at once.
PER_SECOND = 30
BATCH_S = 0.05
LOOK_S = 0.25
MEGABYTE = 2**20
TICKS = os.sysconf("SC_CLK_TCK")
LAG = re.compile(r'lukoshko_loop_lag_seconds_bucket\{le="([^"]+)"\} (\S+)')

_numbers = count(10**9)


@dataclass(frozen=True)
class Asked:
    """A command, and when it was handed over."""

    at: float
    user: int
    is_help: bool
    word: str


@dataclass
class Burst:
    """What came of a burst. memory : bytes of the bot's process, looked at again and again.

    lag_s : below which 99 % of the event loop's delays were. sent : messages and edits until the last answer.
    """

    rate: int
    asked: list[Asked] = field(default_factory=list)
    waits_s: list[float] = field(default_factory=list)
    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    sent: int = 0
    seconds: float = 0.0
    took_s: float = 0.0
    memory: list[int] = field(default_factory=list)
    cpu_s: float = 0.0
    lag_s: str = ""
    fits: int = 0

    @property
    def failures(self) -> list[str]:
        """What is not as it should be, beside how long it took."""
        found = [(self.lost, "lost"), (self.doubled, "doubled"), (self.wrong, "wrong")]
        return [f"{self.rate}/s: {number} answers {what}" for number, what in found if number]

    @property
    def delays(self) -> list[str]:
        """What took longer than it should have."""
        if self.rate < PER_SECOND and median(self.waits_s) > MOST_MEDIAN_S:
            return [f"{self.rate}/s: /help after {median(self.waits_s):.2f} s"]
        if self.rate > PER_SECOND and self.sent / self.took_s < LEAST_SENT:
            return [f"{self.rate}/s: {self.sent / self.took_s:.1f} sent a second"]
        return []

    @property
    def row(self) -> str:
        p99 = quantiles(self.waits_s, n=100, method="inclusive")[98]
        memory = (self.memory[0], max(self.memory), self.memory[-1])
        cells = (
            *(f"{self.rate}", f"{len(self.asked)}", f"{self.lost}", f"{self.doubled + self.wrong}"),
            f"{self.sent / self.took_s:.1f}",
            f"{self.took_s - self.seconds:.0f}",
            f"{median(self.waits_s):.2f}",
            f"{p99:.2f}",
            " → ".join(f"{size / MEGABYTE:.0f}" for size in memory),
            self.lag_s,
            f"{1000 * self.cpu_s / len(self.asked):.1f}",
            f"{self.fits}",
        )
        return f"| {' | '.join(cells)} |"


HEAD = """\
| asked/s | asked | lost | doubled or wrong | sent/s | drained after, s | /help median, s | p99, s \
| memory MB: start → peak → end | loop lag p99, s | CPU ms/update | fits |
|---|---|---|---|---|---|---|---|---|---|---|---|"""


class Trial:
    """One bot that two people keep training, and bursts at it."""

    def __init__(
        self, telegram: Telegram, bot: BotProcess, metrics_port: int, basket: baskets.Basket
    ) -> None:
        self._telegram = telegram
        self._bot = bot
        self._metrics = f"http://127.0.0.1:{metrics_port}/metrics"
        self._basket = basket
        self.fits = 0

    async def burst(self, rate: int, seconds: float) -> Burst:
        """Asks, and returns when all is answered, or nothing comes any more."""
        burst = Burst(rate, seconds=seconds)
        self._telegram.said.clear()
        fits, cpu_s, lags = self.fits, self._cpu_s(), await self._lags()
        began = time.monotonic()
        looking = asyncio.create_task(self._look(burst))
        await self._ask(burst, began)
        await self._drained(burst)
        looking.cancel()
        burst.memory.append(self._memory())
        burst.cpu_s, burst.fits = self._cpu_s() - cpu_s, self.fits - fits
        burst.lag_s = _p99(lags, await self._lags())
        self._judge(burst, began)
        return burst

    async def train(self, user: int) -> None:
        """Trains again and again, until it is cancelled."""
        telegram = self._telegram
        while True:
            began = time.monotonic()
            await telegram.send(user, text=baskets.HEAVY_FIT)
            await telegram.hears(user, lambda said: "is ready" in said.text, began)
            self.fits += 1

    async def upload(self, user: int) -> None:
        """Sends the photos to train on."""
        zipped, summary = self._basket.zipped, f"{len(self._basket.to_teach)} photos"
        await self._telegram.send(user, [("document", ("hopeless.zip", zipped))])
        await self._telegram.hears(user, lambda said: summary in said.text)

    async def _ask(self, burst: Burst, began: float) -> None:
        total = int(burst.rate * burst.seconds)
        while (made := len(burst.asked)) < total:
            due = min(total, int((time.monotonic() - began) * burst.rate) + 1)
            asked = [self._asked(number) for number in range(made, due)]
            if asked:
                burst.asked += [one for one, _ in asked]
                await self._telegram.hand_over([update for _, update in asked])
            await asyncio.sleep(BATCH_S)

    def _asked(self, number: int) -> tuple[Asked, dict[str, object]]:
        text, word = HELP if number % 2 else COMMANDS[number // 2 % len(COMMANDS)]
        # Each round goes on by one person, so that everybody asks for everything.
        user = PEOPLE[(number + number // len(PEOPLE)) % len(PEOPLE)]
        asked = Asked(time.monotonic(), user, text == HELP[0], word)
        return asked, command(user, next(_numbers), text)

    async def _drained(self, burst: Burst) -> None:
        """Returns when all is answered, and a little later, for what comes twice; or if nothing has come for long."""
        told, quiet_since = -1, time.monotonic()
        while told < len(burst.asked) and time.monotonic() - quiet_since < 30:
            await asyncio.sleep(LOOK_S)
            now = sum(len(self._telegram.said[user]) for user in PEOPLE)
            if now != told:
                told, quiet_since = now, time.monotonic()
        await asyncio.sleep(2)

    def _judge(self, burst: Burst, began: float) -> None:
        """Compares what each person asked with what they heard, in order."""
        asked: dict[int, list[Asked]] = {user: [] for user in PEOPLE}
        for one in burst.asked:
            asked[one.user].append(one)
        last = began
        for user, ones in asked.items():
            heard = self._telegram.said[user]
            burst.lost += max(0, len(ones) - len(heard))
            burst.doubled += max(0, len(heard) - len(ones))
            for one, said in zip(ones, heard, strict=False):
                burst.wrong += one.word not in said.text
                last = max(last, said.at)
                if one.is_help:
                    burst.waits_s.append(said.at - one.at)
        everything: Sequence[Said] = [one for all_ in self._telegram.said.values() for one in all_]
        burst.sent = sum(one.at <= last for one in everything)
        burst.took_s = last - began

    async def _look(self, burst: Burst) -> None:
        while True:
            burst.memory.append(self._memory())
            await asyncio.sleep(LOOK_S)

    def _memory(self) -> int:
        """Bytes of the bot's own process that are in memory (Linux)."""
        pages = int(Path(f"/proc/{self._bot.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def _cpu_s(self) -> float:
        fields = Path(f"/proc/{self._bot.pid}/stat").read_text().rsplit(")")[-1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    async def _lags(self) -> dict[str, float]:
        """How many of the loop's delays were at most so long, by seconds."""
        text = (await self._telegram.http.get(self._metrics)).text
        return {most: float(number) for most, number in LAG.findall(text)}


def _p99(before: dict[str, float], after: dict[str, float]) -> str:
    counts = {most: after[most] - before[most] for most in after}
    wanted = 0.99 * counts["+Inf"]
    return next(f"≤ {most}" for most, number in counts.items() if number >= wanted)


def _free_port() -> int:
    with create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


@asynccontextmanager
async def busy(basket: baskets.Basket) -> AsyncIterator[Trial]:
    """A bot that two people keep training for the length of the block."""
    with tempfile.TemporaryDirectory() as folder:
        port = _free_port()
        settings = {"METRICS_PORT": str(port), "MAX_MODELS": "100000"}
        async with played(Path(folder), **settings) as (telegram, bot):
            trial = Trial(telegram, bot, port, basket)
            await asyncio.gather(*map(trial.upload, FITTERS))
            training = [asyncio.create_task(trial.train(user)) for user in FITTERS]
            try:
                yield trial
            finally:
                for task in training:
                    task.cancel()
                ended = await asyncio.gather(*training, return_exceptions=True)
            assert all(isinstance(end, asyncio.CancelledError) for end in ended), ended
        assert "Traceback" not in bot.log, bot.log


async def run(
    seconds: float, rates: Sequence[int], basket: baskets.Basket | None = None
) -> AsyncIterator[Burst]:
    """A burst of each rate, one after the other. basket : what is trained on, 960 photos by default."""
    async with busy(basket or baskets.hopeless()) as trial:
        for rate in rates:
            yield await trial.burst(rate, seconds)


async def _print(seconds: float, rates: Sequence[int]) -> list[str]:
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}\n{HEAD}", flush=True)
    missed: list[str] = []
    async for burst in run(seconds, rates):
        print(burst.row, flush=True)
        missed += burst.failures + burst.delays
    return missed


def main() -> int:
    words = sys.argv[1:]
    seconds = float(words[0]) if words else SECONDS
    rates = [int(word) for word in words[1:]] or RATES
    with tempfile.TemporaryDirectory() as keys:
        os.environ["XDG_CONFIG_HOME"] = keys
        missed = asyncio.run(_print(seconds, rates))
    print(*missed, sep="\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
