"""Polls: sent, answered, stopped and closed in time, as bot and people see them."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from telegram import Bot, InputMediaDocument, InputMediaPhoto, Poll, Update
from telegram.error import BadRequest

from tests.playground.conftest import Boot
from tests.playground.people import Person, bot_at, picture

FRUIT = ["apple", "pear", "plum"]
QUIZ = {"type": Poll.QUIZ, "correct_option_ids": [1]}


async def news(bot: Bot) -> list[Update]:
    """The updates since the last call, but for people's messages."""
    updates = await bot.get_updates()
    if updates:
        await bot.get_updates(offset=updates[-1].update_id + 1)
    return [update for update in updates if update.message is None]


async def test_a_vote_in_an_anonymous_poll_gives_the_new_counts_only(
    bot: Bot, anna: Person
) -> None:
    await anna.say("hello")
    sent = await bot.send_poll(1, "Which one?", FRUIT)
    assert (sent.poll.is_anonymous, sent.poll.type) == (True, Poll.REGULAR)
    answer = await anna.vote(sent.message_id, 1)
    assert [option["voter_count"] for option in answer.json()["poll"]["options"]] == [0, 1, 0]
    (update,) = await news(bot)
    assert (update.poll.id, update.poll.total_voter_count) == (sent.poll.id, 1)
    happened = (await anna.events())["events"][-1]
    assert (happened["type"], happened["voted"]) == ("edit", [1])
    assert happened["message"]["poll"]["total_voter_count"] == 1


async def test_a_vote_in_an_open_poll_names_the_voter(bot: Bot, boris_in_group: Person) -> None:
    sent = await bot.send_poll(-1001, "Which?", FRUIT, is_anonymous=False)
    await boris_in_group.vote(sent.message_id, 2)
    counted, answered = await news(bot)
    assert counted.poll.total_voter_count == 1
    answer = answered.poll_answer
    assert (answer.poll_id, answer.user.first_name) == (sent.poll.id, "Boris")
    assert answer.option_ids == (2,)
    assert answer.option_persistent_ids == (sent.poll.options[2].persistent_id,)


async def test_each_person_has_one_choice_that_can_be_changed_and_taken_back(
    bot: Bot, boris_in_group: Person
) -> None:
    clara = Person(boris_in_group.address, user=3, chat="group")
    sent = await bot.send_poll(
        -1001, "Which?", FRUIT, is_anonymous=False, allows_multiple_answers=True
    )
    await boris_in_group.vote(sent.message_id, 0, 1)
    await clara.vote(sent.message_id, 1)
    await boris_in_group.vote(sent.message_id, 2)
    assert await counts(boris_in_group) == [0, 1, 1]
    await clara.vote(sent.message_id)
    assert await counts(boris_in_group) == [0, 0, 1]
    *_, last = await news(bot)
    assert last.poll_answer.option_ids == ()
    assert (await clara.history())["voted"] == {str(sent.message_id): []}
    assert (await boris_in_group.history())["voted"] == {str(sent.message_id): [2]}
    await clara.http.aclose()


async def counts(person: Person) -> list[int]:
    (message,) = (await person.history())["messages"]
    return [option["voter_count"] for option in message["poll"]["options"]]


async def test_a_quiz_is_answered_once(bot: Bot, anna: Person) -> None:
    await anna.say("hello")
    explained = "<b>Pears</b> are long"
    sent = await bot.send_poll(
        1, "A pear?", FRUIT, explanation=explained, explanation_parse_mode="HTML", **QUIZ
    )
    assert sent.poll.correct_option_ids == (1,)
    assert sent.poll.explanation == "Pears are long"
    assert sent.poll.explanation_entities[0].type == "bold"
    assert (await anna.vote(sent.message_id, 0)).status_code == 200
    again = await anna.vote(sent.message_id, 1)
    assert again.json()["error"] == "The answer to this poll can't be changed."


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([3], "The poll has no option with this number."),
        ([-1], "The poll has no option with this number."),
        ([0, 1], "The poll takes one answer only."),
        ([0, 0], "An option can be chosen only once."),
    ],
)
async def test_a_bad_vote_gets_one_sentence(
    bot: Bot, anna: Person, options: list[int], sentence: str
) -> None:
    await anna.say("hello")
    sent = await bot.send_poll(1, "Which?", FRUIT)
    answer = await anna.vote(sent.message_id, *options)
    assert (answer.status_code, answer.json()["error"]) == (400, sentence)
    assert await news(bot) == []


async def test_a_vote_needs_a_poll(anna: Person) -> None:
    answer = await anna.vote(await anna.say("hello"), 0)
    assert answer.json()["error"] == "There is no poll with this message_id in the chat."


async def test_a_stopped_poll_takes_no_votes(bot: Bot, anna: Person) -> None:
    await anna.say("hello")
    sent = await bot.send_poll(1, "Which?", FRUIT)
    await anna.vote(sent.message_id, 0)
    poll = await bot.stop_poll(1, sent.message_id)
    assert (poll.is_closed, poll.total_voter_count) == (True, 1)
    assert [update.poll.is_closed for update in await news(bot)] == [False, True]
    answer = await anna.vote(sent.message_id, 1)
    assert answer.json()["error"] == "The poll is closed."
    with pytest.raises(BadRequest, match="Poll has already been closed"):
        await bot.stop_poll(1, sent.message_id)


async def test_a_poll_knows_when_it_closes(bot: Bot, anna: Person) -> None:
    await anna.say("hello")
    for_a_while = await bot.send_poll(1, "Which?", FRUIT, open_period=600)
    until_then = await bot.send_poll(1, "Which?", FRUIT, close_date=int(time.time()) + 600)
    for poll in (for_a_while.poll, until_then.poll):
        assert 590 <= poll.close_date.timestamp() - time.time() <= 600
        assert not poll.is_closed


async def test_a_poll_closes_in_time_even_over_a_restart(boot: Boot, home: Path) -> None:
    playground = await boot(home=home)
    anna = Person(playground.address)
    await anna.say("hello")
    async with bot_at(playground.address) as bot:
        sent = await bot.send_poll(1, "Which?", FRUIT, open_period=600)
        assert await news(bot) == []
    await anna.http.aclose()
    await playground.stop()
    let_time_pass(home / "journal.jsonl", sent.poll)

    playground = await boot(home=home)
    anna = Person(playground.address)
    async with bot_at(playground.address) as bot:
        (update,) = await bot.get_updates(timeout=20)
    assert (update.poll.id, update.poll.is_closed) == (sent.poll.id, True)
    happened = (await anna.events())["events"][-1]
    assert (happened["type"], happened["message"]["poll"]["is_closed"]) == ("edit", True)
    await anna.http.aclose()


def let_time_pass(journal: Path, poll: Poll) -> None:
    """Moves the poll's end to a moment ago."""
    end = int(poll.close_date.timestamp())
    journal.write_text(journal.read_text().replace(str(end), str(int(time.time()) - 1)))


REFUSED: list[tuple[str, Callable[[Bot], Awaitable[object]]]] = [
    ("Text must be non-empty", lambda bot: bot.send_poll(1, " ", FRUIT)),
    ("Poll question length must not exceed 300", lambda bot: bot.send_poll(1, "x" * 301, FRUIT)),
    ("Poll must have at least one answer option", lambda bot: bot.send_poll(1, "x", [])),
    ("Poll can't have more than 12 options", lambda bot: bot.send_poll(1, "x", ["x"] * 13)),
    ("Poll options length must not exceed 100", lambda bot: bot.send_poll(1, "x", ["x" * 101])),
    ("Unsupported poll type specified", lambda bot: bot.send_poll(1, "x", FRUIT, type="riddle")),
    ("Wrong correct option id specified", lambda bot: bot.send_poll(1, "x", FRUIT, type="quiz")),
    ("Wrong correct option id specified", lambda bot: bot.send_poll(1, "x", FRUIT, type="quiz", correct_option_ids=[3])),
    ("Quiz_correct_answers_too_much", lambda bot: bot.send_poll(1, "x", FRUIT, type="quiz", correct_option_ids=[0, 1])),
    ("Message caption is too long", lambda bot: bot.send_poll(1, "x", FRUIT, explanation="x" * 201, **QUIZ)),
    ("Message caption is too long", lambda bot: bot.send_poll(1, "x", FRUIT, explanation="a\nb\nc\nd", **QUIZ)),
    ("A poll must be open for 5 to 2628000 seconds", lambda bot: bot.send_poll(1, "x", FRUIT, open_period=4)),
    ("A poll must be open for 5 to 2628000 seconds", lambda bot: bot.send_poll(1, "x", FRUIT, close_date=5)),
    ("Message with poll to stop not found", lambda bot: bot.stop_poll(1, 9999)),
    ("Message is not a poll", lambda bot: bot.stop_poll(1, 1)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "call"), REFUSED, ids=[text for text, _ in REFUSED])
async def test_what_telegram_refuses_is_refused(
    bot: Bot, anna: Person, text: str, call: Callable[[Bot], Awaitable[object]]
) -> None:
    await anna.say("hello")
    with pytest.raises(BadRequest) as refusal:
        await call(bot)
    assert refusal.value.message.lower() == text.lower()


async def test_a_restart_keeps_votes(boot: Boot, home: Path) -> None:
    playground = await boot(home=home)
    anna = Person(playground.address)
    await anna.say("hello")
    async with bot_at(playground.address) as bot:
        sent = await bot.send_poll(1, "Which?", FRUIT)
    await anna.vote(sent.message_id, 1)
    before = await anna.history()
    await anna.http.aclose()
    await playground.stop()

    anna = Person((await boot(home=home)).address)
    assert await anna.history() == before
    await anna.vote(sent.message_id, 2)
    (poll,) = [m["poll"] for m in (await anna.history())["messages"] if "poll" in m]
    assert [option["voter_count"] for option in poll["options"]] == [0, 0, 1]
    await anna.http.aclose()


async def test_a_quiz_shows_a_picture(bot: Bot, anna: Person) -> None:
    await anna.say("hello")
    sent = await bot.send_poll(1, "A pear?", FRUIT, media=InputMediaPhoto(picture()), **QUIZ)
    assert sent.poll.media.photo[-1].width == 64
    (poll,) = [one["poll"] for one in (await anna.history())["messages"] if "poll" in one]
    shown = await anna.http.get(poll["media"]["photo"][-1]["url"])
    assert shown.content == picture()


async def test_a_poll_takes_pictures_alone(bot: Bot, anna: Person) -> None:
    await anna.say("hello")
    with pytest.raises(BadRequest, match='type "document" is not supported'):
        await bot.send_poll(1, "A pear?", FRUIT, media=InputMediaDocument(picture()), **QUIZ)
