"""A fit that cannot end: it is ended, by its budget or by its owner, and the chat goes on meanwhile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance import baskets
from tests.acceptance.people import Message, Person
from tests.acceptance.process import BotProcess
from tests.acceptance.steps import train, upload

BUDGET_S = 5.0
# Longer than all that is said while a fit runs, on a busy machine, too.
PATIENT_S = 120.0


def with_budget(folder: Path, budget_s: float) -> Iterator[BotProcess]:
    bot = BotProcess(folder, FIT_BUDGET_S=str(budget_s))
    bot.start()
    yield bot
    bot.stop()
    assert "Traceback" not in bot.log, bot.log


@pytest.fixture(scope="module")
def hasty_bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BotProcess]:
    yield from with_budget(tmp_path_factory.mktemp("hasty"), BUDGET_S)


@pytest.fixture(scope="module")
def patient_bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BotProcess]:
    yield from with_budget(tmp_path_factory.mktemp("patient"), PATIENT_S)


@pytest.fixture(scope="module")
def vera(patient_bot: BotProcess) -> Iterator[Person]:
    """A user with a dataset on which a fit does not end."""
    person = Person(patient_bot, user=7)
    upload(person, baskets.a_dozen())
    yield person
    person.leave()


@pytest.fixture
def training(vera: Person) -> Message:
    vera.say(baskets.ENDLESS_FIT)
    return vera.hears("Training on")


def test_the_time_limit_is_told_and_the_next_command_works_at_once(hasty_bot: BotProcess) -> None:
    yuri = Person(hasty_bot, user=7)
    upload(yuri, baskets.a_dozen())
    training = yuri.ask(baskets.ENDLESS_FIT, "Training on")
    told = yuri.hears(
        f"Not even the first step of the training ended within {BUDGET_S:g} s", "classifier=lda"
    )
    assert told.id == training.id
    assert not told.buttons
    yuri.ask("/models", "No models of your own yet")
    yuri.leave()


def test_a_fit_is_stopped_by_its_button(vera: Person, training: Message) -> None:
    vera.press(training, "Stop")
    assert vera.hears("Stopped").id == training.id
    assert vera.press(training, "Stop").text == "Nothing is running."


def test_a_fit_is_stopped_by_command(vera: Person, training: Message) -> None:
    vera.say("/cancel")
    messages = {vera.sees(lambda m: "Stopped" in m.text and m.id == training.id).id}
    messages.add(vera.sees(lambda m: "Stopped" in m.text and m.id != training.id).id)
    assert len(messages) == 2
    vera.ask("/cancel", "Nothing is running.")


def test_a_second_fit_waits_in_line_and_there_is_an_end_to_the_line(
    vera: Person, training: Message
) -> None:
    for place in (1, 2, 3):
        vera.ask(baskets.ENDLESS_FIT, f"In line: {place} before this one")
    assert "wait already: 3" in vera.ask(baskets.ENDLESS_FIT, "Trainings of yours").text
    question = vera.ask("/fit", "Train on")
    popup = vera.press(question, "▶️ Train")
    assert popup.is_alert
    assert "wait already: 3" in popup.text
    vera.ask("/cancel", "Stopped")


def test_help_is_answered_while_it_trains(vera: Person, training: Message) -> None:
    for _ in range(5):
        vera.ask("/help", "/upload_dataset")
    vera.press(training, "Stop")
    assert vera.hears("Stopped").id == training.id


def test_a_fit_that_is_too_heavy_gives_the_model_of_a_smaller_step_and_says_so(
    hasty_bot: BotProcess,
) -> None:
    zoya = Person(hasty_bot, user=8)
    upload(zoya, baskets.hopeless())
    report = train(zoya, baskets.HEAVY_FIT)
    limit = f"would not have ended within {BUDGET_S:g} s"
    learned = re.search(rf"{limit}, so it learned from (\d+) of 768 photos", report.text)
    assert learned, report.text
    assert int(learned[1]) < 768
    zoya.leave()
