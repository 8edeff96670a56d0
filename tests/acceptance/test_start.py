"""A start that can't succeed: one line says why, and what to do."""

from __future__ import annotations

from pathlib import Path
from socket import create_server

import pytest

from tests.acceptance import baskets
from tests.acceptance.apart import telegram
from tests.acceptance.people import Person
from tests.acceptance.process import BotProcess


@pytest.mark.parametrize(
    ("setting", "value"), [("FIT_BUDGET_S", "soon"), ("PLAYGROUND_PORT", "99999")]
)
def test_a_bad_setting_ends_the_start_with_one_line(
    tmp_path: Path, setting: str, value: str
) -> None:
    ended = BotProcess(tmp_path, **{setting: value}).try_to_start()
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1
    assert ended.stderr.startswith(f"{setting}=")


def test_a_second_process_keeps_out_of_the_firsts_folder(mortal_bot: BotProcess) -> None:
    ended = mortal_bot.try_to_start()
    assert ended.returncode == 1
    assert "Another process works in" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_what_computes_on_this_machine_alone_loads_no_ray(bot: BotProcess, anna: Person) -> None:
    anna.send_photos(baskets.a_kiwi())
    anna.hears("Kiwi – ")
    loaded = [Path(f"/proc/{pid}/maps").read_text() for pid in (bot.pid, *bot.workers)]
    assert any("onnxruntime" in libraries for libraries in loaded), "the workers are looked at too"
    assert not any("_raylet" in libraries for libraries in loaded)


def test_a_start_before_the_network_waits_for_it(tmp_path: Path) -> None:
    with create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    bot = BotProcess(tmp_path, module="tests.acceptance.apart", TELEGRAM=f"http://127.0.0.1:{port}")
    bot.begin()
    bot.logs("Telegram did not take a request, next try in")
    with telegram(tmp_path / "telegram", port):
        bot.answers()
        assert bot.stop() == 0
    assert "Traceback" not in bot.log
