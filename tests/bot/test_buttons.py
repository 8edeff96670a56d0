"""The data of buttons: short enough for Telegram, and decoded to the same values."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from bot.commands import compare
from bot.commands.choice import Choice
from bot.keyboards import Buttons, Press, StalePress
from bot.routes import ACTIONS
from core.registry import CLASSIFIERS, EXTRACTORS

# Telegram's identifiers have at most 52 significant bits; our rows count from 1.
LARGEST_USER = 2**52 - 1
LARGEST_ROW = 10**9


def data_of(action: str, *arguments: object) -> str:
    data = Buttons(LARGEST_USER)("text", action, *arguments).callback_data
    assert isinstance(data, str)
    return data


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_fits_with_two_numbers_and_the_largest_owner(action: str) -> None:
    data = data_of(action, LARGEST_ROW, 99)
    assert len(data.encode()) <= 64
    assert Press.decode(data) == Press(action, (str(LARGEST_ROW), "99"), LARGEST_USER)


@pytest.mark.parametrize("text", ["", "x", "-1", "²", str(2**52), str(2**63), "9" * 40])
def test_what_is_no_number_of_a_row_is_stale(text: str) -> None:
    assert Press("use", (str(2**52 - 1),), 1).number() == 2**52 - 1
    with pytest.raises(StalePress):
        Press("use", (text,), 1).number()


def test_the_longest_choice_of_a_recipe_fits_into_a_button() -> None:
    choice = Choice(999, 99, values=(9, 9), probability=True, curve=True)
    data = data_of("fit_choose", LARGEST_ROW, choice.encode())
    assert len(data.encode()) <= 64


@pytest.mark.parametrize(("owner", "model"), [(LARGEST_USER, 60_000), (9_999_999_999, 1_000_000)])
def test_one_model_more_than_a_chart_shows_fits_into_a_button(owner: int, model: int) -> None:
    ids = [model + n for n in range(compare.MAX_COMPARED + 1)]
    data = Press("compare_choose", (compare.encode_ids(ids),), owner).encode()
    assert compare.decode_ids(Press.decode(data).argument()) == ids


def test_a_button_that_would_be_too_long_is_never_made() -> None:
    with pytest.raises(ValueError, match="too long"):
        data_of("use", "x" * 64)


@pytest.mark.parametrize("data", ["", "use", "use:", "use:x", "use:-1", "use:²"])
def test_data_of_no_button_of_ours_is_stale(data: str) -> None:
    with pytest.raises(StalePress):
        Press.decode(data)


def test_an_argument_that_is_not_there_is_stale() -> None:
    with pytest.raises(StalePress):
        Press("use", (), 1).number()


@pytest.mark.parametrize("features", range(len(EXTRACTORS)))
@pytest.mark.parametrize("classifier", range(len(CLASSIFIERS)))
def test_a_choice_comes_back_as_it_went(features: int, classifier: int) -> None:
    choice = Choice.default(features, classifier).with_value(0, 1)
    assert Choice.decode(choice.encode()) == choice
    assert choice.recipe.features == list(EXTRACTORS)[features]
    assert choice.recipe.classifier == list(CLASSIFIERS)[classifier]


REGISTRY = Choice.default().encode().partition("-")[0]


@pytest.mark.parametrize(
    "text", ["", "0-0-22-1", "9-99-22-1-0", "0-0-2-1-0", "0-0-99-1-0", "0-0-22-x-0"]
)
def test_a_choice_of_what_is_not_in_the_registry_is_stale(text: str) -> None:
    with pytest.raises(StalePress):
        Choice.decode(f"{REGISTRY}-{text}")


def test_a_choice_from_another_registry_is_stale() -> None:
    """As after a restart with other BACKBONES."""
    encode = "from bot.commands.choice import Choice; print(Choice.default().encode())"
    made_elsewhere = subprocess.run(
        [sys.executable, "-c", encode],
        env=os.environ | {"BACKBONES": "elsewhere=elsewhere.onnx"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    with pytest.raises(StalePress):
        Choice.decode(made_elsewhere)
