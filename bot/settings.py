"""The operator's settings, from the environment and from `.env`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from dotenv import dotenv_values


class SettingInvalid(Exception):
    """A setting has a value that can't be used."""

    def __init__(self, name: str, value: str, wanted: str) -> None:
        super().__init__(f"{name}={value!r} can't be used: it must be {wanted}.")


@dataclass(frozen=True)
class Settings:
    """Each field is set by the variable of its name in capitals.

    telegram_bot_token : the bot's token; without one the playground is served.
    data_dir : where everything is kept.
    playground_port : the playground's port on the loopback; 0 takes a free one.
    fit_budget_s : seconds that training and evaluation may take, 0.1–3600.
    log_level : DEBUG, INFO, WARNING or ERROR.
    lukoshko_key : the key that everything kept is encrypted with, 32 bytes in base64.
    key_file : a file that holds it, made where there is none; without either setting it is in the user's
        configuration folder.
    scratch_dir : the folder for work in progress, which is not encrypted; without it a folder among the
        system's temporary files.
    """

    telegram_bot_token: str = ""
    data_dir: Path = Path("data")
    playground_port: int = 8088
    fit_budget_s: float = 10.0
    log_level: str = "INFO"
    lukoshko_key: str = ""
    key_file: str = ""
    scratch_dir: str = ""

    def __post_init__(self) -> None:
        _require(
            0 <= self.playground_port <= 65535, "PLAYGROUND_PORT", self.playground_port, "0–65535"
        )
        _require(0.1 <= self.fit_budget_s <= 3600, "FIT_BUDGET_S", self.fit_budget_s, "0.1–3600")
        levels = ("DEBUG", "INFO", "WARNING", "ERROR")
        _require(
            self.log_level in levels, "LOG_LEVEL", self.log_level, f"one of {', '.join(levels)}"
        )

    def __repr__(self) -> str:
        token = "set" if self.telegram_bot_token else "not set"
        secrets = ("telegram_bot_token", "lukoshko_key")
        rest = (f"{f.name}={getattr(self, f.name)}" for f in fields(self) if f.name not in secrets)
        return f"Settings(telegram_bot_token {token}, {', '.join(rest)})"


def load_settings(
    environment: Mapping[str, str] = os.environ, dotenv: Path = Path(".env")
) -> Settings:
    """Reads the settings. The environment wins over the file; an empty value counts as not set.

    Raises SettingInvalid.
    """
    values = {name: value for name, value in dotenv_values(dotenv).items() if value} | {
        name: value for name, value in environment.items() if value
    }
    given = {}
    for setting in fields(Settings):
        name = setting.name.upper()
        if name in values:
            given[setting.name] = _convert(name, values[name], type(setting.default))
    return Settings(**given)


def _convert(name: str, text: str, kind: type) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise SettingInvalid(name, text, f"a {kind.__name__}") from None


def _require(holds: bool, name: str, value: object, wanted: str) -> None:
    if not holds:
        raise SettingInvalid(name, str(value), wanted)
