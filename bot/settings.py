"""The operator's settings, from the environment and from `.env`."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dotenv import dotenv_values

from core.entities import Limits
from core.objects import Bucket


class SettingInvalid(Exception):
    """A setting has a value that can't be used."""

    def __init__(self, name: str, value: str, wanted: str) -> None:
        super().__init__(f"{name}={value!r} can't be used: it must be {wanted}.")


DOTENV = Path(".env")
DEFAULTS = Limits()
# Of any limit: 2^53, which every program that reads a setting can hold.
MOST = 2**53
LOCAL = "local"
_SCHEME = "ray://"
_PORT = r"(?:[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])"
_CLUSTER = re.compile(rf"{_SCHEME}(?:[\w.-]+|\[[0-9a-fA-F:]+\]):{_PORT}")

# A bucket's name as S3 has it; a prefix of plain words.
_BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")


class Numbers(tuple[int, ...]):
    """Numbers from a setting: "12,34"."""

    __slots__ = ()

    def __new__(cls, text: str = "") -> Numbers:
        """Raises ValueError."""
        return super().__new__(cls, (int(number) for number in text.split(",") if number.strip()))


NOBODY = Numbers()


@dataclass(frozen=True)
class Settings:
    """Each field is set by the variable of its name in capitals.

    telegram_bot_token : the bot's token; without one the playground is served.
    data_dir : where everything is kept.
    playground_port : the playground's port on the loopback; 0 takes a free one.
    fit_budget_s : seconds that training and evaluation may take, 0.1–3600.
    log_level : DEBUG, INFO, WARNING or ERROR.
    log_format : text, or json: one object a line.
    max_… : the most that one person may keep, max_total_megabytes of photos all people together (0: what the
        disk holds); max_queued_fits wait beside the one that runs.
    min_free_megabytes : below so much free disk nothing new is taken.
    allowed_users, admins : people by their Telegram numbers, with commas between.
    consent : whether a person is asked before their photos are kept: ask, off, or auto: where
        Telegram is served, and not on the playground, whose photos stay on one's own machine.
    operator_contact : whom people ask about their data.
    retention_days : an account that is unused for so long is deleted, at least 30; 0: never.
    guest_mode : on, to answer photos in chats where the bot is no member, or off.
    metrics_port : where /healthz and /metrics are served on the loopback; 0 serves none.
    webhook_url : the public https address that Telegram calls, its path included; without it Telegram is
        polled. An address of the own network may be http, for a Bot API server there.
    webhook_listen, webhook_port : where the bot takes these calls, behind a proxy that does TLS.
    webhook_secret : what the calls carry; without it one is made at each start.
    bot_api_url : the address of a Bot API server of one's own; Telegram's without it.
    bot_api_dir : the folder on this machine where that server keeps files; only where it runs with --local.
    lukoshko_key : the key that everything kept is encrypted with, 32 bytes in base64.
    key_file : a file that holds it, made where there is none; without either setting it is in the user's
        configuration folder.
    scratch_dir : the folder for work in progress, which is not encrypted; without it a folder among the
        system's temporary files.
    files : where photos and models are kept: the data folder without it, or s3://BUCKET/PREFIX; the settings AWS_…
        say how the server is reached.
    files_cache_megabytes : so many of them are in the data folder too, those that were used last.
    compute : where photos are looked at and models are trained: local, on this machine, or ray://HOST:PORT,
        on the nodes of the Ray cluster with this head; then scratch_dir is a folder that all of them share, unless files names a bucket.
    """

    telegram_bot_token: str = ""
    data_dir: Path = Path("data")
    playground_port: int = 8088
    fit_budget_s: float = 10.0
    log_level: str = "INFO"
    log_format: str = "text"
    metrics_port: int = 0
    max_datasets: int = DEFAULTS.datasets
    max_models: int = DEFAULTS.models
    max_photos: int = DEFAULTS.photos
    max_megabytes: int = DEFAULTS.megabytes
    max_queued_fits: int = DEFAULTS.queued_fits
    max_total_megabytes: int = DEFAULTS.total_megabytes
    min_free_megabytes: int = DEFAULTS.free_megabytes
    allowed_users: Numbers = NOBODY
    admins: Numbers = NOBODY
    consent: str = "auto"
    operator_contact: str = ""
    retention_days: int = 0
    guest_mode: str = "off"
    webhook_url: str = ""
    webhook_listen: str = "127.0.0.1"
    webhook_port: int = 8090
    webhook_secret: str = ""
    bot_api_url: str = ""
    bot_api_dir: str = ""
    lukoshko_key: str = ""
    key_file: str = ""
    scratch_dir: str = ""
    files: str = ""
    files_cache_megabytes: int = 5000
    compute: str = LOCAL

    def __post_init__(self) -> None:
        _require(
            0 <= self.playground_port <= 65535, "PLAYGROUND_PORT", self.playground_port, "0–65535"
        )
        _require(0.1 <= self.fit_budget_s <= 3600, "FIT_BUDGET_S", self.fit_budget_s, "0.1–3600")
        _require(0 <= self.metrics_port <= 65535, "METRICS_PORT", self.metrics_port, "0–65535")
        _require(
            not self.files or bool(_BUCKET.fullmatch(self.files)),
            "FILES",
            self.files,
            "s3://BUCKET or s3://BUCKET/PREFIX",
        )
        cache = self.files_cache_megabytes
        _require(0 <= cache <= MOST, "FILES_CACHE_MEGABYTES", cache, f"0–{MOST}")
        _require(
            self.compute == LOCAL or bool(_CLUSTER.fullmatch(self.compute)),
            "COMPUTE",
            self.compute,
            "local or ray://HOST:PORT",
        )
        _require(
            self.cluster is None or bool(self.scratch_dir or self.files),
            "SCRATCH_DIR",
            self.scratch_dir,
            "a folder that all nodes share, as COMPUTE names a cluster and FILES no bucket",
        )
        _require(self.log_format in ("text", "json"), "LOG_FORMAT", self.log_format, "text or json")
        _require(
            self.consent in ("auto", "ask", "off"), "CONSENT", self.consent, "auto, ask or off"
        )
        _require(self.guest_mode in ("on", "off"), "GUEST_MODE", self.guest_mode, "on or off")
        days = self.retention_days
        _require(days == 0 or 30 <= days <= 36500, "RETENTION_DAYS", days, "0, or 30–36500")
        for name, value in self._maxima().items():
            _require(0 <= value <= MOST, name.upper(), value, f"0–{MOST}")
        self._check_webhook()
        self._check_bot_api()
        levels = ("DEBUG", "INFO", "WARNING", "ERROR")
        _require(
            self.log_level in levels, "LOG_LEVEL", self.log_level, f"one of {', '.join(levels)}"
        )

    def _check_webhook(self) -> None:
        url, listen = self.webhook_url, self.webhook_listen
        _require(
            not url or _is_callable(url),
            "WEBHOOK_URL",
            url,
            "an https address without a query, as https://bot.example.org/lukoshko",
        )
        _require(_is_ip(listen), "WEBHOOK_LISTEN", listen, "an IP address of this machine")
        _require(1 <= self.webhook_port <= 65535, "WEBHOOK_PORT", self.webhook_port, "1–65535")
        _require(
            not self.webhook_secret or bool(_SECRET.fullmatch(self.webhook_secret)),
            "WEBHOOK_SECRET",
            "…",
            "1–256 characters of A–Z, a–z, 0–9, _ and -",
        )

    def _check_bot_api(self) -> None:
        url, folder = self.bot_api_url, self.bot_api_dir
        if url:
            address = "an address such as http://127.0.0.1:8081"
            _require(_is_address(url), "BOT_API_URL", url, address)
            _require(
                bool(self.telegram_bot_token), "BOT_API_URL", url, "beside a TELEGRAM_BOT_TOKEN"
            )
        if folder:
            _require(bool(url), "BOT_API_DIR", folder, "beside a BOT_API_URL")
            _require(Path(folder).is_absolute(), "BOT_API_DIR", folder, "an absolute path")
            # What the server names there is read: it must not be able to name the database.
            holds_data = self.data_dir.resolve().is_relative_to(Path(folder).resolve())
            _require(not holds_data, "BOT_API_DIR", folder, "a folder that DATA_DIR is not in")

    @property
    def limits(self) -> Limits:
        """The most that may be kept."""
        return Limits(*self._maxima().values())

    def _maxima(self) -> dict[str, int]:
        names = [f.name for f in fields(self) if f.name.startswith(("max_", "min_"))]
        return {name: getattr(self, name) for name in names}

    @property
    def cluster(self) -> str | None:
        """HOST:PORT of the head of the cluster that computes; None where this machine does."""
        return None if self.compute == LOCAL else self.compute.removeprefix(_SCHEME)

    @property
    def asks_consent(self) -> bool:
        """Whether a person is asked before their photos are kept."""
        return self.consent == "ask" or (self.consent == "auto" and bool(self.telegram_bot_token))

    def __repr__(self) -> str:
        token = "set" if self.telegram_bot_token else "not set"
        secrets = ("telegram_bot_token", "lukoshko_key", "webhook_secret")
        rest = (f"{f.name}={getattr(self, f.name)}" for f in fields(self) if f.name not in secrets)
        return f"Settings(telegram_bot_token {token}, {', '.join(rest)})"


def values_of(environment: Mapping[str, str], dotenv: Path) -> dict[str, str]:
    """What is set, of other programs too. The environment wins over the file; an empty value counts as not set."""
    return {name: value for name, value in dotenv_values(dotenv).items() if value} | {
        name: value for name, value in environment.items() if value
    }


def load_settings(environment: Mapping[str, str] = os.environ, dotenv: Path = DOTENV) -> Settings:
    """Reads the settings, as `values_of` does. Raises SettingInvalid."""
    values = values_of(environment, dotenv)
    given = {}
    for setting in fields(Settings):
        name = setting.name.upper()
        if name in values:
            given[setting.name] = _convert(name, values[name], type(setting.default))
    return Settings(**given)


def bucket_of(settings: Settings) -> Bucket | None:
    """What FILES names, with the settings AWS_…, which may be in `.env` too; None where it names none."""
    return Bucket.of(settings.files, values_of(os.environ, DOTENV)) if settings.files else None


# The characters that Telegram takes.
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


def _is_callable(url: str) -> bool:
    """True for an address that Telegram, or a Bot API server of the own network, can call."""
    if not re.fullmatch(r"[!-~]+", url):
        return False
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 (it is read at the first use)
    except ValueError:
        return False
    if not parts.hostname or parts.username is not None or "?" in url or "#" in url:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_near(parts.hostname))


def _is_near(host: str) -> bool:
    return host == "localhost" or (_is_ip(host) and ip_address(host).is_private)


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


_WANTED: Mapping[type, str] = {Numbers: "numbers with commas between"}


def _convert(name: str, text: str, kind: type) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise SettingInvalid(name, text, _WANTED.get(kind, f"a {kind.__name__}")) from None


def _is_address(text: str) -> bool:
    """True for http(s)://HOST[:PORT][/PATH]."""
    try:
        parts = urlsplit(text)
        is_plain = parts.port != 0 and not (parts.query or parts.fragment or parts.username)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and is_plain


def _require(holds: bool, name: str, value: object, wanted: str) -> None:
    if not holds:
        raise SettingInvalid(name, str(value), wanted)
