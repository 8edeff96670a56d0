"""A full disk before every step of the journey, then room again: `python -m tests.faults.full_disk`.

The data folder is a tmpfs of 20 MB; in a second round the folder for work is on it, too. While it is full, everybody
is answered, the one whose step it is with its result or a clear sentence; once there is room, the same step succeeds,
and nothing that was stored before is lost.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.acceptance import baskets
from tests.acceptance.apart import telegram
from tests.acceptance.people import Message, Person, Popup
from tests.acceptance.process import ROOT, BotProcess
from tests.acceptance.steps import wait_for_room_kept
from tests.factories import make_image

SIZE_MB = 20
USER, OTHER = 100, 101
SENTENCES = ("no room for anything new", "can't keep anything right now")
APOLOGY = "Something went wrong on my side"
PATIENCE_S = 60.0
LOGGED_CHARACTERS = 3_000
BASKET = baskets.drawn()

Act = Callable[[Person], object]
Succeeds = Callable[[Message], bool]


class CannotMount(Exception):
    """This system mounts no tmpfs for us."""


@dataclass(frozen=True)
class Step:
    """A step of the journey. succeeds : knows the message that tells of its success. ends : knows the last
    one, where it is another: what comes late on a disk that is full by then would be taken for the next step's."""

    name: str
    act: Act
    succeeds: Succeeds
    ends: Succeeds | None = None


@dataclass
class Outcome:
    """How many steps were done, how many of them on the full disk at once, and what was not as it should be."""

    steps: int = 0
    at_once: int = 0
    failures: list[str] = field(default_factory=list)


def says(*words: str) -> Succeeds:
    return lambda message: all(word in message.text for word in words)


def has_button(label: str) -> Succeeds:
    return lambda message: any(label in button for button in message.buttons)


def tells_mistakes(message: Message) -> bool:
    """What a fit says last: the chart of its mistakes, or that there are none."""
    return message.is_photo or "Not one mistake" in message.text


class Journey:
    """The steps, which remember the messages whose buttons later ones press."""

    def __init__(self) -> None:
        self.seen: dict[str, Message] = {}

    def press(self, step: str, label: str) -> Act:
        """Presses a button under the message that ended an earlier step."""
        return lambda person: person.press(self.seen[step], label)

    def steps(self) -> list[Step]:
        photo, lesson = BASKET.unseen[0], make_image(0, 77)
        fit = baskets.QUICK_FIT
        return [
            Step("start", lambda p: p.say("/start"), says("Lukoshko")),
            Step("upload", _send_zip, says(BASKET.name, "30 photos")),
            Step("lesson", lambda p: p.send_photos(lesson, caption="apple"), says("apple ▮", "11")),
            Step("fit", lambda p: p.say(fit), says("is ready", "Right on"), tells_mistakes),
            Step("use", self.press("fit", "Use it"), says("answers here now")),
            Step("predict", lambda p: p.send_photos(photo), has_button("Other")),
            Step("other", self.press("predict", "Other"), has_button("New class")),
            Step("correct", self.press("other", "plum"), says("Learned: plum")),
            Step("again", lambda p: p.send_photos(photo), has_button("Other")),
            Step("undo", lambda p: p.say("/undo"), says("Undone")),
            Step("samples", lambda p: p.say("/samples"), lambda m: m.is_photo),
            Step("album", lambda p: p.send_photos(photo, lesson), says("2 photos")),
            Step("info", lambda p: p.say("/info"), says("fruits")),
            Step("export", lambda p: p.say("/export"), lambda m: m.file_name is not None),
            Step("why", self.press("again", "Why"), lambda m: m.is_photo),
            Step("my data", lambda p: p.say("/export_my_data"), lambda m: m.file_name is not None),
            Step("usage", lambda p: p.say("/usage"), says("photos:")),
            Step("second fit", lambda p: p.say(fit), says("is ready", "Right on"), tells_mistakes),
            Step("datasets", lambda p: p.say("/datasets"), has_button("fruits")),
            Step("dataset", self.press("datasets", "fruits"), has_button("🗑 Delete")),
            Step("delete?", self.press("dataset", "Delete"), has_button("Yes, delete")),
            Step("delete", self.press("delete?", "Yes, delete"), says("is deleted")),
            Step("all?", lambda p: p.say("/delete_my_data"), has_button("Yes, delete everything")),
            Step("all", self.press("all?", "Yes, delete"), says("I keep nothing about you")),
        ]


def _send_zip(person: Person) -> None:
    person.send_file(f"{BASKET.name}.zip", BASKET.zipped)


class Trial:
    """Takes the steps one by one, each on a full disk first."""

    def __init__(self, bot: BotProcess, disk: Path) -> None:
        self.outcome = Outcome()
        self._bot = bot
        self._disk = disk
        self._journey = Journey()
        self._anna, self._boris = (Person(bot, user) for user in (USER, OTHER))

    def run(self, only: Sequence[str]) -> None:
        """Takes these steps of the journey on a full disk, and those before them with room; all where none are
        named."""
        self._boris.ask("/start", "Lukoshko")
        wait_for_room_kept(self._bot)
        left = set(only)
        for step in self._journey.steps():
            left.discard(step.name)
            is_done = (not only or step.name in only) and self._on_full_disk(step)
            if not is_done and not self._take(step, "with room again"):
                return
            if only and not left:
                return

    def _on_full_disk(self, step: Step) -> bool:
        """True where it succeeds there."""
        self.outcome.steps += 1
        with filled(self._disk):
            is_done = self._take(step, "on the full disk", may_refuse=True)
            try:
                self._boris.ask("/help", "/upload_dataset")
            except AssertionError as error:
                self.outcome.failures.append(f"{step.name}, another person: {error}")
        self.outcome.at_once += is_done
        return is_done

    def _take(self, step: Step, where: str, *, may_refuse: bool = False) -> bool:
        """Takes the step; True where it succeeds. It is a failure where neither that is told nor, on a full
        disk, a clear sentence."""
        anna = self._anna
        since = anna.now()
        try:
            done = step.act(anna)
        except AssertionError as error:
            self.outcome.failures.append(f"{step.name}, {where}: {error}")
            return False
        popup = done.text if isinstance(done, Popup) else ""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            heard = anna.heard(since)
            said = [popup, *(m.text for m in heard)]
            refused = any(words in text for words in SENTENCES for text in said)
            found = next((m for m in heard if step.succeeds(m)), None)
            if found and (refused or step.ends is None or any(map(step.ends, heard))):
                self._journey.seen[step.name] = found
                return True
            if refused and may_refuse and not found:
                return False
            if refused or any(APOLOGY in text for text in said):
                break
            time.sleep(0.1)
        logged = self._bot.log[-LOGGED_CHARACTERS:]
        self.outcome.failures.append(f"{step.name}, {where}: heard {said}; log:\n{logged}")
        return False

    def leave(self) -> None:
        for person in (self._anna, self._boris):
            person.leave()


@contextmanager
def small_disk(folder: Path, size_mb: int = SIZE_MB) -> Iterator[Path]:
    """A tmpfs on this folder. Raises CannotMount."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "tmpfs", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
    except OSError as error:
        raise CannotMount(str(error)) from error
    if done.returncode:
        raise CannotMount(done.stderr.strip())
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def remount(disk: Path, option: str) -> None:
    """Makes a mounted disk read-only, "ro", or writable again, "rw"."""
    subprocess.run(["mount", "-o", f"remount,{option}", str(disk)], check=True)


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Not one byte is free in the block."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for piece in (bytes(1 << 20), bytes(4096), b"\0"):
            try:
                while True:
                    file.write(piece)
            except OSError:
                continue
    try:
        yield
    finally:
        filler.unlink()


def bot_on(disk: Path, address: str, scratch: Path) -> BotProcess:
    """A bot whose data is on the disk. address : of its playground."""
    scratch.mkdir()
    return BotProcess(
        disk.parent,
        module="tests.acceptance.apart",
        DATA_DIR=str(disk / "data"),
        SCRATCH_DIR=str(scratch),
        TELEGRAM=address,
        MIN_FREE_MEGABYTES="0",
    )


def run(folder: Path, *, scratch_too: bool, only: Sequence[str] = ()) -> Outcome:
    """One journey. scratch_too : True where the folder for work is on the small disk."""
    with small_disk(folder / "disk") as disk, telegram(folder / "telegram") as address:
        scratch = disk / "scratch" if scratch_too else folder / "scratch"
        bot = bot_on(disk, address, scratch)
        bot.start()
        trial = Trial(bot, disk)
        try:
            trial.run(only)
        finally:
            trial.leave()
            bot.stop()
        check = [sys.executable, "-m", "storage", "check"]
        env = os.environ | {"DATA_DIR": str(disk / "data")}
        checked = subprocess.run(
            check, cwd=ROOT, env=env, capture_output=True, text=True, check=False
        )
        if checked.returncode:
            trial.outcome.failures.append(f"storage check: {checked.stdout}{checked.stderr}")
        if "Traceback" in bot.log:
            trial.outcome.failures.append(f"a traceback in the log:\n{bot.log[-6000:]}")
    return trial.outcome


def main() -> int:
    failures: list[str] = []
    steps = at_once = 0
    with TemporaryDirectory() as name:
        os.environ["XDG_CONFIG_HOME"] = f"{name}/config"
        try:
            for scratch_too in (False, True):
                folder = Path(name) / f"round-{scratch_too}"
                folder.mkdir()
                outcome = run(folder, scratch_too=scratch_too, only=sys.argv[1:])
                failures += outcome.failures
                steps += outcome.steps
                at_once += outcome.at_once
        except CannotMount as error:
            print(f"skipped: no tmpfs can be mounted here ({error})")
            return 0
    for failure in failures:
        print(failure)
    print(
        f"{steps} steps on a full disk, {at_once} done there at once, the others with room again:"
        f" failures {len(failures)}"
    )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
