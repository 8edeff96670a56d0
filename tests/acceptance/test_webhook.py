"""The bot where Telegram calls it instead of being asked. Telegram is a process of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from socket import create_server
from typing import Any

import httpx
import pytest

from tests.acceptance.apart import telegram
from tests.acceptance.conftest import Meet
from tests.acceptance.lessons import PEAR, ask, taught
from tests.acceptance.people import Person
from tests.acceptance.process import BotProcess
from tests.acceptance.steps import nearest_class
from tests.acceptance.test_never_deaf import becomes, rows
from tests.factories import make_image

SECRET = "only_Telegram-knows"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
WAITS = "Your message is not lost"
RAW = {
    "update_id": 10**9,
    "message": {
        **{"message_id": 10**6, "date": 1_700_000_000, "text": "/help"},
        "chat": {"id": 12, "type": "private", "first_name": "Vera"},
        "from": {"id": 12, "is_bot": False, "first_name": "Vera"},
    },
}


@dataclass
class Called:
    """A bot that Telegram calls, and the address that it calls."""

    bot: BotProcess
    url: str
    polled: BotProcess

    def call(self, secret: str | bytes | None = SECRET, **request: Any) -> httpx.Response:
        """What anybody on the network may send."""
        headers = {} if secret is None else {SECRET_HEADER: secret}
        return httpx.post(self.url, headers=headers, **request)

    @property
    def info(self) -> Mapping[str, Any]:
        """What Telegram says of the webhook."""
        asked = httpx.get(f"{self.bot.address}/bot7000000001:playground/getWebhookInfo")
        return dict(asked.json()["result"])


@pytest.fixture
def called(tmp_path: Path) -> Iterator[Called]:
    """A bot in webhook mode, and the same bot, with the same data, where it is to poll."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/lukoshko"
    with telegram(tmp_path / "telegram") as address:
        module = "tests.acceptance.apart"
        polled = BotProcess(tmp_path, module=module, TELEGRAM=address)
        bot = BotProcess(
            tmp_path,
            module=module,
            TELEGRAM=address,
            WEBHOOK_URL=url,
            WEBHOOK_PORT=str(port),
            WEBHOOK_SECRET=SECRET,
        )
        bot.start()
        yield Called(bot, url, polled)
        assert bot.stop() == 0
        assert polled.stop() == 0
        assert "Traceback" not in bot.log, bot.log
        assert SECRET not in bot.log


@pytest.fixture
def anna(called: Called, meet: Meet) -> Person:
    return meet(called.bot)


def free_port() -> int:
    with create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def test_a_lesson_by_webhook(called: Called, anna: Person) -> None:
    anna.press(anna.ask("/start", "Lukoshko"), "How to send a ZIP")
    anna.hears("a folder")
    taught(anna)
    answer = ask(anna, make_image(PEAR, 9))
    assert nearest_class(answer) == "pear"
    assert anna.press(answer, "Right").text
    becomes(lambda: called.info["pending_update_count"] == 0)
    assert called.info["url"] == called.url
    assert {"message", "callback_query", "poll_answer"} <= {*called.info["allowed_updates"]}
    becomes(called.bot.is_healthy)


def test_a_kill_loses_and_doubles_nothing(called: Called, anna: Person, meet: Meet) -> None:
    people = [anna, *(meet(called.bot) for _ in range(5))]
    for person in people:
        person.ask("/start", "Lukoshko")
    beginnings = [person.now() for person in people]
    for _ in range(3):
        # The bot has to wait, so that it is killed with some in the journal and others on Telegram's side.
        anna.order_fault("sendMessage", 429, retry_after=2, times=len(people))
        for person in people:
            person.say("/help")
            person.say("/model none")
        becomes(lambda: bool(unhandled(called.bot)))
        called.bot.crash_and_restart()
    for person, beginning in zip(people, beginnings, strict=True):
        becomes(lambda p=person, b=beginning: len(p.heard(b)) >= 6)  # type: ignore[misc]
    becomes(lambda: called.info["pending_update_count"] == 0 and not unhandled(called.bot))
    for person, beginning in zip(people, beginnings, strict=True):
        said = [message.text for message in person.heard(beginning)]
        assert sum("/upload_dataset" in text for text in said) == 3, said
        assert len(said) == 6, said


def test_an_update_whose_answer_got_lost_is_handled_once(called: Called, anna: Person) -> None:
    anna.order_fault("webhook", 0, after="true", times=3)
    anna.ask("/help", "/upload_dataset")
    becomes(lambda: called.info["pending_update_count"] == 0)
    anna.ask("/models", "No models of your own yet")
    assert len(anna.heard(since=0)) == 2
    # Once nothing is pending nothing comes again.
    becomes(lambda: not rows(called.bot, "updates"))


def test_only_telegram_is_listened_to(called: Called, anna: Person) -> None:
    for secret in (None, "", "x" * len(SECRET), "ключ".encode()):
        assert called.call(secret, json=RAW).status_code == 403
    assert called.call(content=b"{").status_code == 400
    assert called.call(content=b"\xff").status_code == 400
    assert called.call(content=b"[" * 100_000).status_code == 400
    assert httpx.get(called.url).status_code == 405
    assert httpx.post(f"{called.url}/more", json=RAW).status_code == 404
    for odd in ({}, [], 5, {"update_id": "1"}):
        assert called.call(json=odd).status_code == 200
    with pytest.raises(httpx.HTTPError):
        called.call(content=b" " * 2**21).raise_for_status()
    assert not [row for row in rows(called.bot, "updates") if "Vera" in row]
    anna.ask("/help", "/upload_dataset")


def test_where_nothing_can_be_written_telegram_keeps_it_and_people_are_told(
    called: Called, anna: Person
) -> None:
    anna.ask("/start", "Lukoshko")
    beginning = anna.now()
    with called.bot.read_only_disk():
        assert called.call(json=RAW).status_code == 503
        anna.ask("/help", WAITS)
        assert called.info["pending_update_count"] == 1
        assert "503" in called.info["last_error_message"]
    anna.hears("/upload_dataset")
    said = [message.text for message in anna.heard(beginning)]
    assert sum(WAITS in text for text in said) == 1
    assert sum("/upload_dataset" in text for text in said) == 1


def test_from_a_webhook_to_polls_and_back_nothing_is_lost_or_doubled(
    called: Called, anna: Person
) -> None:
    anna.ask("/start", "Lukoshko")
    for number, bot in enumerate((called.polled, called.bot, called.polled)):
        (called.bot if bot is called.polled else called.polled).stop()
        anna.say(f"/model none{number}")
        bot.start()
        anna.hears(f"none{number}")
        answer = anna.ask("/help", "/upload_dataset")
        assert answer.text
        assert called.info["url"] == ("" if bot is called.polled else called.url)
    said = [message.text for message in anna.heard(since=0)]
    assert len(said) == 7, said


def test_the_operator_hears_what_keeps_telegram_from_calling(called: Called, anna: Person) -> None:
    anna.order_fault("webhook", 502, description="Bad Gateway", times=5)
    anna.say("/help")
    called.bot.logs("could not deliver an update: Wrong response from the webhook: 502 Bad Gateway")
    anna.hears("/upload_dataset")
    assert called.bot.is_healthy()


def test_a_webhook_that_another_program_removed_is_set_again(called: Called, anna: Person) -> None:
    httpx.get(f"{called.bot.address}/bot7000000001:playground/deleteWebhook")
    anna.ask("/help", "/upload_dataset")
    assert "another program has changed the webhook" in called.bot.log


def test_a_process_that_polls_beside_a_webhook_ends(called: Called, tmp_path: Path) -> None:
    other = BotProcess(
        tmp_path / "other", module="tests.acceptance.apart", TELEGRAM=called.bot.address
    )
    (tmp_path / "other").mkdir()
    other.start()
    assert other.ends() == 3
    assert "Another process serves this bot's token" in other.log


def test_a_port_that_is_taken_gets_one_line(called: Called, tmp_path: Path) -> None:
    port = called.url.split(":")[2].split("/")[0]
    (tmp_path / "other").mkdir()
    second = BotProcess(tmp_path / "other", WEBHOOK_URL=called.url, WEBHOOK_PORT=port)
    ended = second.try_to_start()
    assert ended.returncode == 1
    assert ended.stderr.strip().count("\n") == 0, ended.stderr
    assert "WEBHOOK_PORT" in ended.stderr


def test_an_address_that_telegram_refuses_gets_one_line(tmp_path: Path) -> None:
    bot = BotProcess(
        tmp_path, WEBHOOK_URL="https://bot.example.org:9000/x", WEBHOOK_PORT=str(free_port())
    )
    ended = bot.try_to_start()
    assert ended.returncode == 1
    assert "Telegram does not take WEBHOOK_URL" in ended.stderr
    assert "Traceback" not in ended.stderr


def unhandled(bot: BotProcess) -> int:
    with closing(bot.open_database()) as database:
        return int(database.execute("SELECT count(*) FROM updates WHERE handled = 0").fetchone()[0])
