"""A Bot API server of the operator's own, in local mode: files of more than 20 MB."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.acceptance import baskets
from tests.acceptance.conftest import Meet
from tests.acceptance.people import Person
from tests.acceptance.process import ROOT, BotProcess
from tests.factories import to_bytes

MEGABYTE = 2**20
Start = Callable[[Path | None], BotProcess]


@pytest.fixture(scope="module")
def large() -> bytes:
    """A ZIP of some 26 MB, which noise fills soon."""
    names = [f"{label}/{n}.png" for label in ("apple", "pear") for n in range(5)]
    return baskets.zipped({name: large_photo(seed) for seed, name in enumerate(names)})


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of a server whose files are in `files` under the test's folder."""
    command = [sys.executable, "-m", "bot.playground", "--local", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--home", str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.terminate()
    process.communicate(timeout=20)


@pytest.fixture
def start(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts a bot at the server, which reads files in a folder."""
    bots: list[BotProcess] = []

    def start_with(folder: Path | None) -> BotProcess:
        home = tmp_path_factory.mktemp("bot")
        token = "7000000001:beside"
        settings = {"TELEGRAM_BOT_TOKEN": token, "BOT_API_URL": server, "CONSENT": "off"}
        bots.append(BotProcess(home, **settings, BOT_API_DIR=str(folder or "")))
        bots[-1].start()
        return bots[-1]

    yield start_with
    for bot in bots:
        bot.stop()


def test_without_a_server_of_its_own_the_limit_is_telegrams(anna: Person, large: bytes) -> None:
    anna.send_file("fruits.zip", large)
    anna.hears("This file is 27 MB", "at most 20 MB")
    anna.ask("/upload_dataset", "up to 20 MB")


def test_with_one_in_local_mode_a_large_zip_comes_and_goes_in_one_part(
    start: Start, meet: Meet, tmp_path: Path, large: bytes
) -> None:
    bot = start(tmp_path / "files")
    anna = meet(bot)
    anna.ask("/upload_dataset", "up to 2,000 MB")
    anna.send_file("fruits.zip", large)
    anna.hears("fruits", "10 photos")
    anna.say("/export")
    part = anna.sees(lambda message: message.file_name is not None)
    anna.hears("1 file")
    assert len(anna.fetch(part)) > 20 * MEGABYTE
    assert "Traceback" not in bot.log, bot.log


def test_a_file_above_the_limit_of_such_a_server_is_told_that_limit(
    start: Start, meet: Meet, tmp_path: Path
) -> None:
    bot = start(tmp_path / "files")
    anna, boris = meet(bot), meet(bot, "ru")
    for person in (anna, boris):
        person.say("/help")
        person.sees(lambda message: True)
        person.send_raw(sent_document(person, 2100 * MEGABYTE))
    anna.hears("This file is 2,100 MB", "at most 2,000 MB")
    boris.hears("2\xa0100 МБ", "2\xa0000 МБ")


@pytest.mark.parametrize("named", ["elsewhere", None])
def test_a_path_outside_the_folder_is_not_read(
    start: Start, meet: Meet, tmp_path: Path, named: str | None
) -> None:
    """As where the server was replaced by one that tells the path of the bot's own key."""
    bot = start(tmp_path / named if named else None)
    anna = meet(bot)
    anna.send_file("fruits.zip", baskets.drawn(classes=2, photos=5).zipped)
    anna.hears("Something went wrong")
    bot.logs("tells a path that is not a file in BOT_API_DIR")


def test_a_file_that_the_server_has_deleted_is_asked_for_again(
    start: Start, meet: Meet, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    anna = meet(start(folder))
    zipped = baskets.drawn(classes=2, photos=5).zipped
    anna.send_file("fruits.zip", zipped)
    anna.hears("fruits", "10 photos")
    asked = anna.send_file("more.zip", zipped)
    question = anna.sees(lambda message: message.answers == asked)
    for file in folder.iterdir():
        file.unlink()
    anna.press(question, "new dataset")
    anna.hears("could not fetch this file")


def large_photo(seed: int) -> bytes:
    """A picture of noise, of 2.7 MB."""
    pixels = np.random.default_rng(seed).integers(0, 256, (960, 960, 3), dtype=np.uint8)
    return to_bytes(Image.fromarray(pixels), "PNG", compress_level=0)


def sent_document(person: Person, size: int) -> dict[str, object]:
    """An update with a ZIP of so many bytes, which nobody has to send for it."""
    user = {"id": person.user, "is_bot": False, "first_name": "Anna"}
    chat = {"id": person.user, "type": "private", "first_name": "Anna"}
    document = {
        "file_id": "large",
        "file_unique_id": "large",
        "file_name": "large.zip",
        "file_size": size,
    }
    head = {"message_id": 10**6 + person.user, "date": int(time.time()), "from": user, "chat": chat}
    return {"message": head | {"document": document}}
