"""Paths that the command line was given."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors.base import BadInput


@dataclass(eq=False)
class DataNotFound(BadInput):
    """There is no file or folder {path}: check the name."""

    path: str


@dataclass(eq=False)
class OutputNotAFile(BadInput):
    """{path} is a folder or a device: give --out the name of a file."""

    path: str


@dataclass(eq=False)
class OutputIsInput(BadInput):
    """{path} is read here, so it can't be written: give --out another name."""

    path: str


@dataclass(eq=False)
class OutputNotWritable(BadInput):
    """{path} can't be written ({detail}): give --out another name or folder."""

    path: str
    detail: str


@dataclass(eq=False)
class UnknownExportFormat(BadInput):
    """{path} does not say what to write: end the name with one of {known}."""

    path: str
    known: str
