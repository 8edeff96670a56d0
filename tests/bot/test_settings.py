"""Settings, and the tokens that the log never shows."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import __main__ as composition
from bot.logs import RedactingFormatter, RedactingJsonFormatter
from bot.settings import SettingInvalid, load_settings

TOKEN = "123456789:AAF-abcdefghijklmnopqrstuvwxyz_01234"
NO_FILE = Path("no such file")


def test_without_any_the_defaults_hold() -> None:
    settings = load_settings({}, NO_FILE)
    assert settings.telegram_bot_token == ""
    assert (settings.playground_port, settings.fit_budget_s) == (8088, 10.0)
    assert settings.data_dir == Path("data")


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("FIT_BUDGET_S=5\nPLAYGROUND_PORT=9000\n")
    settings = load_settings({"FIT_BUDGET_S": "7", "PLAYGROUND_PORT": ""}, dotenv)
    assert (settings.fit_budget_s, settings.playground_port) == (7.0, 9000)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PLAYGROUND_PORT", "http"),
        ("PLAYGROUND_PORT", "65536"),
        ("PLAYGROUND_PORT", "-1"),
        ("FIT_BUDGET_S", "soon"),
        ("FIT_BUDGET_S", "0"),
        ("FIT_BUDGET_S", "nan"),
        ("FIT_BUDGET_S", "1e9"),
        ("LOG_LEVEL", "LOUD"),
        ("LOG_FORMAT", "xml"),
        ("ADMINS", "12,anna"),
        ("MAX_PHOTOS", "-1"),
        ("RETENTION_DAYS", "7"),
        ("CONSENT", "maybe"),
        ("METRICS_PORT", "65536"),
        ("WEBHOOK_URL", "bot.example.org"),
        ("WEBHOOK_URL", "http://bot.example.org/x"),
        ("WEBHOOK_URL", "https:///x"),
        ("WEBHOOK_URL", "https://bot.example.org:port/x"),
        ("WEBHOOK_URL", "https://anna:pass@bot.example.org/x"),
        ("WEBHOOK_URL", "https://bot.example.org/x?y=1"),
        ("WEBHOOK_URL", "https://bot.example.org/a b"),
        ("WEBHOOK_LISTEN", "everywhere"),
        ("WEBHOOK_PORT", "0"),
        ("WEBHOOK_PORT", "https"),
        ("COMPUTE", "cluster"),
        ("COMPUTE", "ray://head"),
        ("FILES", "/data"),
        ("FILES", "s3://"),
        ("FILES", "s3://Bucket"),
        ("FILES", "s3://bucket/a/../b"),
        ("FILES", "s3://bucket/"),
        ("FILES_CACHE_MEGABYTES", "-1"),
        ("COMPUTE", "ray://head:65536"),
    ],
)
def test_a_bad_value_gets_one_sentence_that_says_what_is_wanted(name: str, value: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        load_settings({name: value}, NO_FILE)
    sentence = str(caught.value)
    assert sentence.startswith(f"{name}=")
    assert "it must be" in sentence
    assert "\n" not in sentence


def test_a_cluster_needs_a_folder_for_work_that_its_nodes_share() -> None:
    with pytest.raises(SettingInvalid, match="SCRATCH_DIR"):
        load_settings({"COMPUTE": "ray://head:6379"}, NO_FILE)
    shared = load_settings({"COMPUTE": "ray://head:6379", "SCRATCH_DIR": "/shared"}, NO_FILE)
    assert shared.cluster == "head:6379"
    assert load_settings({}, NO_FILE).cluster is None


def test_a_cluster_without_ray_gets_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COMPUTE", "ray://head:6379")
    monkeypatch.setenv("SCRATCH_DIR", "/shared")
    monkeypatch.setattr(composition, "find_spec", lambda name: None)
    before = os.umask(0o022)
    try:
        assert composition.main() == 2
    finally:
        os.umask(before)
    assert "needs Ray" in capsys.readouterr().err


def test_a_bucket_without_obstore_gets_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FILES", "s3://lukoshko/photos")
    monkeypatch.setattr(composition, "find_spec", lambda name: None)
    before = os.umask(0o022)
    try:
        assert composition.main() == 2
    finally:
        os.umask(before)
    assert "pip install -r requirements-s3.txt" in capsys.readouterr().err


def test_the_token_is_never_shown() -> None:
    settings = load_settings({"TELEGRAM_BOT_TOKEN": TOKEN}, NO_FILE)
    assert settings.telegram_bot_token == TOKEN
    assert TOKEN not in repr(settings) + str(settings)


@pytest.mark.parametrize(
    "url",
    [
        "https://bot.example.org",
        "https://bot.example.org:8443/lukoshko",
        "http://127.0.0.1:8090/x",
        "http://10.0.0.5/x",
    ],
)
def test_telegram_calls_a_public_address_or_its_server_one_of_the_own_network(url: str) -> None:
    assert load_settings({"WEBHOOK_URL": url}, NO_FILE).webhook_url == url


@pytest.mark.parametrize("secret", ["a secret", "geheim!", "x" * 257])
def test_a_bad_secret_is_refused_and_not_shown(secret: str) -> None:
    with pytest.raises(SettingInvalid, match=r"^WEBHOOK_SECRET=.* it must be") as caught:
        load_settings({"WEBHOOK_SECRET": secret}, NO_FILE)
    assert secret not in str(caught.value)


def test_the_webhooks_secret_is_never_shown() -> None:
    settings = load_settings({"WEBHOOK_SECRET": "only_Telegram-knows"}, NO_FILE)
    assert settings.webhook_secret == "only_Telegram-knows"
    assert "only_Telegram" not in repr(settings) + str(settings)


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(RedactingFormatter("%(message)s"))
    logger = logging.Logger("test")
    logger.addHandler(handler)
    yield logger, written
    handler.close()


def test_the_log_shows_no_token_in_arguments(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log
    logger.warning("POST https://api.telegram.org/bot%s/getMe", TOKEN)
    assert TOKEN not in written.getvalue()
    assert "bot<token>/getMe" in written.getvalue()


def test_the_log_shows_no_secret_of_a_webhook(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log
    logger.debug("setWebhook with %s", {"url": "https://x", "secret_token": "only_Telegram-knows"})
    assert "only_Telegram" not in written.getvalue()
    assert "https://x" in written.getvalue()


def test_the_log_shows_no_token_in_tracebacks(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log
    logger.error("it failed", exc_info=RuntimeError(f"the token {TOKEN} is invalid"))
    assert "RuntimeError" in written.getvalue()
    assert TOKEN not in written.getvalue()


def test_a_line_of_the_json_log_is_one_object_without_a_token() -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(RedactingJsonFormatter(["levelname", "message"]))
    logger = logging.Logger("json")
    logger.addHandler(handler)
    logger.error("bot%s failed", TOKEN, extra={"reference": "a1b2c3"})
    line = json.loads(written.getvalue())
    assert line["reference"] == "a1b2c3"
    assert line["message"] == "bot<token> failed"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BOT_API_URL", "localhost:8081"),
        ("BOT_API_URL", "ftp://127.0.0.1:8081"),
        ("BOT_API_URL", "http://:8081"),
        ("BOT_API_URL", "http://127.0.0.1:port"),
        ("BOT_API_URL", "http://127.0.0.1:99999"),
        ("BOT_API_URL", "http://anna:word@127.0.0.1:8081"),
        ("BOT_API_URL", "http://127.0.0.1:8081/?a=b"),
        ("BOT_API_DIR", "files"),
        ("BOT_API_DIR", "/"),
        ("BOT_API_DIR", str(Path("data").resolve())),
    ],
)
def test_a_server_of_ones_own_has_an_address_and_a_folder_apart(name: str, value: str) -> None:
    given = {"TELEGRAM_BOT_TOKEN": TOKEN, "BOT_API_URL": "http://127.0.0.1:8081"} | {name: value}
    with pytest.raises(SettingInvalid, match=f"^{name}=.* it must be"):
        load_settings(given, NO_FILE)


@pytest.mark.parametrize(
    "given",
    [
        {"BOT_API_URL": "http://127.0.0.1:8081"},
        {"TELEGRAM_BOT_TOKEN": TOKEN, "BOT_API_DIR": "/var/lib/telegram-bot-api"},
    ],
)
def test_a_server_of_ones_own_needs_a_token_and_an_address(given: dict[str, str]) -> None:
    with pytest.raises(SettingInvalid, match="it must be beside"):
        load_settings(given, NO_FILE)


def test_people_are_named_by_numbers_with_commas_between() -> None:
    settings = load_settings({"ADMINS": "12, 34,", "MAX_DATASETS": "5"}, NO_FILE)
    assert settings.admins == (12, 34)
    assert settings.allowed_users == ()
    assert (settings.limits.datasets, settings.limits.models) == (5, 100)


@pytest.mark.parametrize("token", [TOKEN, TOKEN.replace(":", "%3A"), "7000000001:playground"])
def test_the_log_shows_no_token_of_any_form(
    log: tuple[logging.Logger, io.StringIO], token: str
) -> None:
    logger, written = log
    logger.debug("HTTP Request: POST http://127.0.0.1:8088/bot%s/getMe", token)
    logger.debug("ExtBot[token=%s] at 2026-11-28 12:00:00,123", token)
    assert token not in written.getvalue()
    assert "2026-11-28 12:00:00,123" in written.getvalue()
    assert "127.0.0.1:8088/bot<token>/getMe" in written.getvalue()


_FALLS = """
import sys, threading
from bot.logs import set_up_logging
set_up_logging("DEBUG")
def fall():
    raise RuntimeError("POST https://api.telegram.org/bot" + sys.argv[1])
thread = threading.Thread(target=fall)
thread.start()
thread.join()
fall()
"""


def test_what_nobody_catches_shows_no_token() -> None:
    command = [sys.executable, "-c", _FALLS, TOKEN]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.count("RuntimeError: POST https://api.telegram.org/bot<token>") == 2
    assert TOKEN not in done.stdout + done.stderr
