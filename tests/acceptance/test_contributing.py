"""CONTRIBUTING.md is true: its recipes, carried out on a copy of the repository, add what they say."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.baskets import drawn
from tests.acceptance.conftest import Meet
from tests.acceptance.contributing import (
    CONTRIBUTING,
    ROOT,
    copy_repository,
    paths_named,
    recipe_blocks,
)
from tests.acceptance.process import BotProcess
from tests.acceptance.steps import teach


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository with the command, the extractor, the classifier and the language of the recipes."""
    copy = copy_repository(tmp_path_factory.mktemp("extended") / "lukoshko")
    for block in recipe_blocks():
        block.carry_out(copy)
    return copy


@pytest.fixture(scope="module")
def extended_bot(extended: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BotProcess]:
    bot = BotProcess(tmp_path_factory.mktemp("home"), code=extended)
    bot.start()
    yield bot
    assert bot.stop() == 0
    assert "Traceback" not in bot.log, bot.log


def run(extended: Path, *arguments: str) -> str:
    """What `python -m …` prints there; fails where it does."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=extended,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_file_that_the_page_names_is_there(extended: Path) -> None:
    there = {path for path in paths_named() if (extended / path).exists()}
    assert paths_named() - there == set()
    assert len(there) > 20


def test_every_target_that_the_page_names_is_in_the_makefile() -> None:
    targets = re.findall(r"^([\w./-]+):(?!=)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    named = re.findall(r"(?:^|`)make ([\w./-]+)", CONTRIBUTING.read_text(), re.MULTILINE)
    assert set(named) - set(targets) == set()
    assert {".venv/dev", "check", "test", "bench", "faults"} <= set(named)


def test_what_the_recipes_add_passes_the_projects_own_checks(extended: Path) -> None:
    run(extended, "ruff", "check", "bot", "core")
    run(extended, "ruff", "format", "--check", "bot", "core")
    run(extended, "pytest", "-q", "-p", "no:cacheprovider", "tests/bot/test_catalogues.py")


def test_a_command_answers_and_is_in_the_menu(extended_bot: BotProcess, meet: Meet) -> None:
    anna, boris = meet(extended_bot), meet(extended_bot, "ru")
    assert anna.ask("/total", "You keep").text == "You keep 0 photos."
    assert boris.ask("/total", "У вас").text == "У вас 0 фото."
    assert anna.menu["total"] == "How many photos you keep"
    assert boris.menu["total"] == "Сколько у вас фото"


def test_features_and_a_classifier_train_and_answer_in_the_chat(
    extended_bot: BotProcess, meet: Meet
) -> None:
    anna, fruits = meet(extended_bot), drawn()
    report = teach(anna, fruits, "/fit grey bayes cells=16 spread=0.1")
    assert "light and dark + naive Bayes" in report.text
    anna.send_photos(fruits.taught[0])
    anna.sees(lambda message: "█" in message.text)


def test_a_classifiers_file_agrees_with_it(extended: Path) -> None:
    said = run(
        *(extended, "pytest", "-q", "-p", "no:cacheprovider", "-k", "bayes"),
        "tests/core/models/test_registry.py",
    )
    assert int(re.findall(r"(\d+) passed", said)[-1]) >= 6


def test_a_language_is_spoken_with_those_who_have_it(extended_bot: BotProcess, meet: Meet) -> None:
    karl, anna = meet(extended_bot, "de"), meet(extended_bot)
    assert "Deutsch" in karl.ask("/language", "In welcher Sprache sprechen wir?").buttons
    assert anna.ask("/language de", "Deutsch").text == "👌 Dann also Deutsch."
    assert anna.ask("/language", "In welcher Sprache sprechen wir?").buttons
