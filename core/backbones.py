"""The operator's own networks, named in the environment: plain data, read once."""

from __future__ import annotations

import os
import re
from pathlib import Path

from dotenv import dotenv_values

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")


def parse_backbones(text: str) -> dict[str, Path]:
    """ "name=path,…" → the path of each network's ONNX file.

    Raises ValueError if an entry is of another form; a name has 1 to 32 of a–z, 0–9, _ and -.
    """
    entries = [entry.strip().partition("=") for entry in text.split(",") if entry.strip()]
    for name, _, path in entries:
        if not _NAME.fullmatch(name) or not path:
            raise ValueError(f"BACKBONES={text!r} can't be used: it must be name=path,…")
    return {name: Path(path) for name, _, path in entries}


def _setting() -> str:
    """The value of BACKBONES from the environment, else from `.env`, as for other settings."""
    return os.environ.get("BACKBONES") or dotenv_values(".env").get("BACKBONES") or ""


def _read() -> tuple[dict[str, Path], str]:
    try:
        return parse_backbones(_setting()), ""
    except ValueError as error:
        return {}, str(error)


BACKBONES, PROBLEM = _read()
"""The networks' ONNX files by name, and what is wrong with the setting ("" if nothing). An import
can't report a problem to a person, so each program checks PROBLEM at its start."""
