"""Answers that are kept for the buttons under them."""

from __future__ import annotations

from pathlib import Path

from storage import answers
from storage.storage import Storage

CHAT, OTHER_CHAT = 1, 2


async def test_an_answer_is_found_in_its_chat_alone(tmp_path: Path) -> None:
    storage = await Storage.open(tmp_path)
    number = await storage.answers.add(CHAT, "apple")
    assert await storage.answers.find(CHAT, number) == "apple"
    assert await storage.answers.find(OTHER_CHAT, number) is None
    await storage.close()


async def test_each_chat_keeps_its_newest(tmp_path: Path) -> None:
    storage = await Storage.open(tmp_path)
    elsewhere = await storage.answers.add(OTHER_CHAT, "elsewhere")
    numbers = [await storage.answers.add(CHAT, str(n)) for n in range(answers.MAX_ANSWERS + 2)]
    assert [await storage.answers.find(CHAT, number) for number in numbers[:3]] == [None, None, "2"]
    assert await storage.answers.find(OTHER_CHAT, elsewhere) == "elsewhere"
    await storage.close()
