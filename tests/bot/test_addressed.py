"""Which bot a photo is for, by the command in its caption: real messages from the playground."""

from __future__ import annotations

from pathlib import Path

import pytest
from telegram import Bot, Message

from bot.addressed import CaptionCommand
from bot.pictures import Sent
from core.errors import FileTooLarge
from tests.factories import make_image
from tests.playground.people import Person

MEGABYTE = 2**20


async def received(bot: Bot) -> Message:
    (update,) = await bot.get_updates()
    assert update.message is not None
    return update.message


@pytest.mark.parametrize(
    ("caption", "is_for_us"),
    [
        ("/predict", True),
        ("/predict please", True),
        ("/predict@lukoshko_bot", True),
        ("/predict@Lukoshko_Bot", True),
        ("/upload_dataset@lukoshko_bot", True),
        ("/predict@another_bot", False),
        ("/predict@lukoshko_bot2", False),
        ("/predictions", False),
        ("what is it? /predict", False),
        ("", False),
    ],
)
async def test_a_captions_command_is_for_the_bot_that_it_names(
    bot: Bot, anna: Person, caption: str, is_for_us: bool
) -> None:
    await anna.send({"photo": ("p.jpg", make_image())}, caption=caption)
    assert CaptionCommand().filter(await received(bot)) is is_for_us


async def test_a_file_that_is_too_large_is_refused_when_it_is_fetched(
    bot: Bot, anna: Person, tmp_path: Path
) -> None:
    """Not before: an album's other photos are answered."""
    await anna.send({"document": ("photo.jpg", bytes(21 * MEGABYTE))})
    fetch = Sent.of(await received(bot)).fetch(bot)
    with pytest.raises(FileTooLarge):
        await fetch(tmp_path / "photo")
