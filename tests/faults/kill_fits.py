"""kill -9 of the bot in the middle of a fit, 50 times: `python -m tests.faults.kill_fits [KILLS] [SEED]`.

After 2 s none of its processes is left. After the restart the fit is tried once more, or ended as interrupted; its
user is told once, in the message that showed the progress, and no job is doubled.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.acceptance import baskets
from tests.acceptance.people import Message, Person
from tests.acceptance.process import BotProcess
from tests.acceptance.steps import upload
from tests.acceptance.test_kills import count, settle

KILLS, SEED = 50, 1
USER = 100
# For its processes to be gone.
GONE_WITHIN_S = 2.0
# A fit takes two or three seconds. A kill after its end is none of those that are counted.
LONGEST_LIFE_S = 2.0
# Of the fits that were killed; the others are left to end.
KILLED_AGAIN = 0.5
DONE, INTERRUPTED = "is ready", "restarted in the middle of your training"
STOP = "✋ Stop"


@dataclass
class Outcome:
    """What became of the fits: how many ended in each state, how many kills there were and how many met a fit
    that had not ended, and what was not as it should be."""

    kills: int = 0
    met: int = 0
    states: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    failures: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Fit:
    """A fit that was asked for. since : the chat's number before it."""

    progress: Message
    since: int


class Trial:
    """Kills a bot in its fits."""

    def __init__(self, home: Path, seed: int) -> None:
        self.outcome = Outcome()
        self._random = Random(seed)
        self._bot = BotProcess(home)
        self._fits = 0

    def run(self, kills: int) -> None:
        self._bot.start(own_session=True)
        person = Person(self._bot, USER)
        try:
            upload(person, baskets.a_dozen())
            fit: Fit | None = None
            while self.outcome.met < kills:
                fit = fit or self._begin(person)
                self._kill()
                if self.outcome.met == kills or self._random.random() > KILLED_AGAIN:
                    self._check_end(fit, person)
                    fit = None
        finally:
            person.leave()
            self._bot.stop()
        if "Traceback" in self._bot.log:
            self.outcome.failures.append(f"a traceback in the log:\n{self._bot.log[-3000:]}")

    def _begin(self, person: Person) -> Fit:
        since = person.now()
        self._fits += 1
        number = person.say(baskets.HEAVY_FIT)
        # A quick fit shows nothing but its report, in the same message.
        return Fit(person.sees(lambda message: message.id > number), since)

    def _kill(self) -> None:
        """At a random moment of the fit, the first or the second attempt at it; then the bot starts again."""
        self._wait_for_worker()
        time.sleep(self._random.uniform(0, LONGEST_LIFE_S))
        self.outcome.kills += 1
        kill, session = self.outcome.kills, self._bot.session
        self._bot.kill()
        gone_s = _gone_after(session)
        self.outcome.slowest_s = max(self.outcome.slowest_s, gone_s)
        if gone_s > GONE_WITHIN_S:
            self.outcome.failures.append(f"kill {kill}: its processes were left for {gone_s:.1f} s")
        self.outcome.met += count(
            self._bot, "SELECT count(*) FROM jobs WHERE state IN ('queued', 'running')"
        )
        self._bot.start(own_session=True)

    def _wait_for_worker(self) -> None:
        """Returns when the attempt has begun, or the fit has ended before."""
        patience = time.monotonic() + 60
        unended = "SELECT count(*) FROM jobs WHERE kind = 'fit' AND state = 'queued'"
        while count(self._bot, unended) and time.monotonic() < patience:
            time.sleep(0.05)

    def _check_end(self, fit: Fit, person: Person) -> None:
        kill = self.outcome.kills
        settle(self._bot)
        state = self._state()
        self.outcome.states[state] += 1
        heard = person.heard(since=fit.since)
        told = [m for m in heard if DONE in m.text or INTERRUPTED in m.text]
        says = {"done": DONE, "interrupted": INTERRUPTED}.get(state, "?")
        if len(told) != 1 or says not in told[0].text or told[0].id != fit.progress.id:
            texts = [m.text for m in heard]
            self.outcome.failures.append(f"kill {kill}: the job is {state}, and said was {texts}")
        if any(STOP in button for m in heard for button in m.buttons):
            self.outcome.failures.append(f"kill {kill}: a stop button is left")
        jobs = count(self._bot, "SELECT count(*) FROM jobs WHERE kind = 'fit'")
        models = count(self._bot, "SELECT count(*) FROM models")
        if jobs != self._fits or models != self.outcome.states["done"]:
            self.outcome.failures.append(
                f"kill {kill}: {jobs} jobs and {models} models of {self._fits} fits"
            )

    def _state(self) -> str:
        with closing(self._bot.open_database()) as database:
            (row,) = database.execute("SELECT state FROM jobs ORDER BY id DESC LIMIT 1").fetchall()
        return str(row[0])


def _gone_after(session: int, patience_s: float = 20.0) -> float:
    """Seconds until no process of the session is left; a zombie is none."""
    began = time.monotonic()
    while _is_alive(session) and time.monotonic() - began < patience_s:
        time.sleep(0.02)
    return time.monotonic() - began


def _is_alive(session: int) -> bool:
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, its_session = status.read_text().rsplit(")")[-1].split()[:4]
        except OSError:
            continue
        if int(its_session) == session and state not in "ZX":
            return True
    return False


def run(home: Path, kills: int, seed: int = SEED) -> Outcome:
    """Kills the bot so often in the middle of a fit."""
    trial = Trial(home, seed)
    trial.run(kills)
    return trial.outcome


def main() -> int:
    given = [int(text) for text in sys.argv[1:3]]
    kills, seed = (*given, *(KILLS, SEED)[len(given) :])
    with TemporaryDirectory() as folder:
        os.environ["XDG_CONFIG_HOME"] = f"{folder}/config"
        outcome = run(Path(folder), kills, seed)
    for failure in outcome.failures:
        print(failure)
    print(
        f"{outcome.kills} kills, {outcome.met} of them in a fit, seed {seed}: {dict(outcome.states)}, processes gone within"
        f" {outcome.slowest_s:.2f} s, failures {len(outcome.failures)}"
    )
    return 1 if outcome.failures else 0


if __name__ == "__main__":
    sys.exit(main())
