"""The user side: what people send and see, in private and in a group, and who is rejected."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path

import pytest
from telegram import Bot

from tests.playground.conftest import Boot
from tests.playground.people import Person, bot_at, picture


async def test_private_chats_are_private(address: str, bot: Bot, anna: Person) -> None:
    await anna.say("mine")
    boris = Person(address, user=2)
    assert (await boris.events())["events"] == []
    await boris.http.aclose()


async def test_events_wait_until_something_happens(bot: Bot, anna: Person) -> None:
    await anna.say("hello")
    seq = (await anna.events())["seq"]
    waiting = asyncio.create_task(anna.events(after=seq, wait=20))
    await bot.send_message(1, "hi")
    news = await asyncio.wait_for(waiting, 2)
    assert [event["message"]["text"] for event in news["events"]] == ["hi"]
    assert (await anna.events(after=news["seq"]))["events"] == []


async def test_a_number_from_before_a_new_beginning_is_answered_at_once(anna: Person) -> None:
    news = await asyncio.wait_for(anna.events(after=1000, wait=20), 2)
    assert news == {"seq": 0, "events": []}


async def test_in_a_group_the_bot_sees_only_what_is_meant_for_it(
    bot: Bot, boris_in_group: Person
) -> None:
    await boris_in_group.say("nobody asked the bot")
    await boris_in_group.say("@lukoshko_bot hello")
    await boris_in_group.say("/help")
    await boris_in_group.say("/help@lukoshko_bot")
    await boris_in_group.say("/help@other_bot")
    await boris_in_group.send({"photo": ("p.jpg", picture())}, caption="/predict@lukoshko_bot")
    await boris_in_group.send({"photo": ("p.jpg", picture())})
    said = await bot.send_message(-1001, "well?")
    await boris_in_group.say("yes", reply_to=said.message_id)
    seen = [u.message.text or u.message.caption for u in await bot.get_updates()]
    assert seen == ["/help", "/help@lukoshko_bot", "/predict@lukoshko_bot", "yes"]


async def test_in_a_group_an_album_for_the_bot_arrives_whole(
    bot: Bot, boris_in_group: Person
) -> None:
    photos = [("photo", ("p.jpg", picture()))] * 2
    await boris_in_group.send(photos)
    sent = await boris_in_group.send(photos, caption="/predict")
    assert [u.message.message_id for u in await bot.get_updates()] == sent


async def test_several_documents_are_an_album(bot: Bot, anna: Person) -> None:
    names = ["a.zip", "b.zip", "c.zip"]
    sent = await anna.send([("document", (name, b"PK")) for name in names])
    messages = [update.message for update in await bot.get_updates()]
    assert [message.message_id for message in messages] == sent
    assert [message.document.file_name for message in messages] == names
    assert len({message.media_group_id for message in messages}) == 1
    assert messages[0].media_group_id


async def test_a_reply_to_a_photo_brings_the_photo(bot: Bot, boris_in_group: Person) -> None:
    (photo,) = await boris_in_group.send({"photo": ("p.jpg", picture())})
    await boris_in_group.say("/predict", reply_to=photo)
    (update,) = await bot.get_updates()
    assert update.message.reply_to_message.photo[-1].width == 64
    assert update.message.from_user.first_name == "Boris"


@pytest.mark.parametrize(
    ("fields", "files", "sentence"),
    [
        ({}, None, "There is nothing to send"),
        ({"user": "Anna"}, None, "user must be an integer"),
        ({"user": "-5", "text": "x"}, None, "user must be a positive number"),
        ({"chat": "cellar", "text": "x"}, None, "chat must be private or group"),
        ({"text": "x", "reply_to": "77"}, None, "There is no message with the id of reply_to"),
        ({"text": "x" * 4097}, None, "text has at most 4096 characters"),
        ({}, {"photo": ("x.svg", b"<svg/>")}, "x.svg is not a picture"),
        ({}, {"photo": ("long.jpg", picture(10, 300))}, "long.jpg is too large or too long"),
        ({}, [("photo", ("p.jpg", picture()))] * 11, "An album has at most 10 photos"),
        ({}, [("document", ("a.zip", b"PK"))] * 11, "An album has at most 10 photos or documents"),
        (
            {},
            [("photo", ("p.jpg", picture())), ("document", ("p.jpg", picture()))],
            "Send photos or documents",
        ),
    ],
)
async def test_a_bad_request_gets_one_sentence(
    anna: Person, fields: dict[str, str], files: object, sentence: str
) -> None:
    answer = await anna.try_to_send(files, **fields)
    assert answer.status_code == 400
    assert sentence in answer.json()["error"]


async def test_a_press_needs_a_message_of_the_bot(anna: Person) -> None:
    own = await anna.say("hello")
    answer = await anna.press(own, "x")
    assert answer.status_code == 400
    assert "There is no message of the bot" in answer.json()["error"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_foreign_sites_are_rejected(anna: Person, headers: dict[str, str]) -> None:
    answer = await anna.http.post("/play/send", data={"text": "x"}, headers=headers)
    assert answer.status_code == 403
    assert (await anna.events())["events"] == []


async def test_sample_pictures_are_freshly_drawn(boot: Boot, tmp_path: Path) -> None:
    drawn = tmp_path / "banana.png"
    drawn.write_bytes(picture(kind="PNG"))

    async def sample_pictures() -> list[tuple[Path, str]]:
        return [(drawn, "banana")]

    anna = Person((await boot(sample_pictures=sample_pictures)).address)
    (shown,) = (await anna.http.get("/play/sample_pictures")).json()["pictures"]
    assert shown["label"] == "banana"
    assert shown["url"].startswith("data:image/png;base64,")
    await anna.http.aclose()


async def test_a_restart_keeps_everything(boot: Boot, home: Path) -> None:
    playground = await boot(home=home)
    anna = Person(playground.address)
    photo = picture()
    first = await anna.say("first", language="ru")
    await anna.send({"photo": ("p.jpg", photo)})
    async with bot_at(playground.address) as bot:
        sent = await bot.send_message(1, "old")
        await sent.edit_text("new")
        _, waiting = await bot.get_updates()
        await bot.get_updates(offset=waiting.update_id)
        await bot.set_my_commands([("start", "begin")])
    before = await anna.events()
    await anna.http.aclose()
    await playground.stop()

    playground = await boot(home=home)
    anna = Person(playground.address)
    assert await anna.events() == before
    assert await anna.say("later") > sent.message_id > first
    async with bot_at(playground.address) as bot:
        again, later = await bot.get_updates()
        assert (again.update_id, later.message.text) == (waiting.update_id, "later")
        file = await again.message.photo[-1].get_file()
        assert bytes(await file.download_as_bytearray()) == photo
        assert (await bot.get_my_commands())[0].description == "begin"
    await anna.http.aclose()


async def test_a_torn_last_line_is_ignored(boot: Boot, home: Path) -> None:
    playground = await boot(home=home)
    anna = Person(playground.address)
    await anna.say("whole")
    await playground.stop()
    await anna.http.aclose()
    journal = home / "journal.jsonl"
    with journal.open("ab") as file:
        file.write(json.dumps([{"record": "event"}]).encode()[:-4])

    playground = await boot(home=home)
    anna = Person(playground.address)
    await anna.say("after")
    texts = [event["message"]["text"] for event in (await anna.events())["events"]]
    assert texts == ["whole", "after"]
    await anna.http.aclose()


async def test_it_runs_alone_as_a_program() -> None:
    command = [sys.executable, "-m", "bot.playground", "--port", "0"]
    program = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    anna = Person((await program.stdout.readline()).decode().strip())
    assert "<title>Lukoshko</title>" in (await anna.http.get("/")).text
    await anna.http.aclose()
    program.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(program.wait(), 5) == 0
