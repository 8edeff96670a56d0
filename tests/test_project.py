"""The project's own files say the same: versions, checks, the image."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
# "## 0.2.0 – 2026-11-25"; an early version has no date.
HEADING = re.compile(r"^## (\d+\.\d+\.\d+)(?: – (unreleased|\d{4}-\d\d-\d\d))?$", re.MULTILINE)
BASE = re.compile(r"python:3\.\d+\.\d+-slim-\w+@sha256:[0-9a-f]{64}")


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def versions() -> list[tuple[str, str]]:
    """All versions in the changelog with their dates, the newest first."""
    return HEADING.findall(read("CHANGELOG.md"))


def test_the_package_has_the_version_that_was_released_last() -> None:
    released = [version for version, date in versions() if date != "unreleased"]
    assert tomllib.loads(read("pyproject.toml"))["project"]["version"] == released[0]


def test_versions_are_in_order_and_every_heading_is_one() -> None:
    numbers = [tuple(map(int, version.split("."))) for version, _ in versions()]
    assert numbers == sorted(set(numbers), reverse=True)
    assert len(numbers) == read("CHANGELOG.md").count("\n## ")
    dates = [date for _, date in versions() if date not in ("", "unreleased")]
    assert dates == sorted(dates, reverse=True)


def test_a_commit_is_checked_by_the_tools_of_make_check() -> None:
    hooks = re.findall(r"entry: \.venv/bin/([\w-]+)", read(".pre-commit-config.yaml"))
    target = read("Makefile").split("\ncheck:")[1].split("\n\n")[0]
    assert set(hooks) == set(re.findall(r"\$\(BIN\)/([\w-]+)", target))
    assert "language: python" not in read(".pre-commit-config.yaml")
    assert "://" not in read(".pre-commit-config.yaml")


def test_the_image_is_built_on_a_named_release_and_its_digest() -> None:
    bases = re.findall(r"^FROM (\S+)", read("Dockerfile"), re.MULTILINE)
    assert [base for base in bases if not BASE.fullmatch(base)] == []
    assert bases
