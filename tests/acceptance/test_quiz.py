"""/quiz: five people and the bot guess what is in a photo; its owner decides who may see it."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from tests.acceptance import baskets
from tests.acceptance.conftest import MakeGroup, Meet
from tests.acceptance.lessons import APPLE, PEAR, PLUM, named, taught, teach
from tests.acceptance.people import Message, Person
from tests.acceptance.process import BotProcess
from tests.acceptance.test_share import share, use
from tests.factories import make_image

TRUTH = "The answer: "


NAMES = ("Anna", "Boris", "Clara", "Dana", "Emil")


@pytest.fixture
def players(mortal_bot: BotProcess, meet: Meet, make_group: MakeGroup) -> list[Person]:
    """Anna, who taught the model that answers in the group, and four others."""
    group = make_group(mortal_bot)
    people = [named(meet(mortal_bot, group=group), name) for name in NAMES]
    anna, *_ = people
    taught(anna)
    teach(anna, "plum", PLUM, 0, 1, 2)
    anna.sees(lambda message: "plum" in message.text)
    number = _number_of(anna)
    anna.in_group().ask(f"/use@lukoshko_bot {number}", "answers here now")
    return [person.in_group() for person in people]


def test_five_people_play_and_the_fastest_is_named_first(players: list[Person]) -> None:
    anna, boris, clara, dana, emil = players
    _allow(anna)
    quiz = _poll(anna)
    assert sorted(quiz.options) == ["apple", "pear", "plum"]
    assert quiz.content["poll"]["media"]["photo"]
    assert quiz.content["poll"]["open_period"] == 30
    right, wrong = quiz.right_option, (quiz.right_option + 1) % 3
    for person, option in ((clara, right), (boris, right), (dana, wrong), (emil, right)):
        person.vote(quiz, option)
    result = _end(anna, quiz)
    truth = quiz.options[right]
    assert f"{TRUTH}{truth}\n" in result.text
    assert "the fastest first: Clara, Boris, Emil" in result.text
    # Which of the nine photos is asked about is left to chance, and one is unlike the others.
    assert any(words in result.text for words in ("🤖 I said", "🤖 It didn't look like anything"))
    assert "a copy of the model without this photo" in result.text
    assert "Score: " in result.text
    assert "Why " in result.text
    assert Image.open(io.BytesIO(anna.fetch(result))).width > 300
    assert result.answers == quiz.id
    assert not _now(anna, quiz).is_open
    assert not _now(anna, quiz).buttons


def test_points_add_up_and_nobody_votes(players: list[Person]) -> None:
    anna, boris, clara, *_ = players
    _allow(anna)
    first = _poll(anna)
    boris.vote(first, first.right_option)
    assert "Boris 1" in _end(anna, first).text
    result = boris.hears(TRUTH)
    assert "someone else" in boris.press(result, "The label is wrong").text
    assert "in your private chat" in anna.press(result, "The label is wrong").text
    alone = anna.alone()
    sent = next(m for m in alone.heard(0) if any("Move" in name for name in m.buttons))
    assert sent.is_photo
    boris.press(result, "Next round")
    second = _poll(boris)
    assert second.id > result.id
    clara.press(result, "Next round")
    boris.vote(second, second.right_option)
    assert "Boris 2" in _end(boris, second).text
    assert [m.id for m in boris.heard(0) if m.content.get("poll")] == [first.id, second.id]
    third = _asked(boris)
    said = _end(boris, third).text
    assert "Nobody voted." in said
    assert "Boris 2" in said


def test_who_sees_the_result_may_play_on_at_once(players: list[Person]) -> None:
    anna, *_ = players
    _allow(anna)
    quiz = _poll(anna)
    # The result is there, and the bot hears of an error.
    anna.order_fault("sendPhoto", 500, after=True)
    result = _end(anna, quiz)
    anna.press(result, "Next round")
    assert _poll(anna).id > result.id


def test_only_the_owner_allows_and_may_take_it_back(players: list[Person]) -> None:
    anna, boris, *_ = players
    boris.ask("/quiz", "Only Anna, who taught this model")
    asked = anna.ask("/quiz", "Everybody here would see")
    assert "someone else" in boris.press(asked, "Allow").text
    forged = asked.buttons["Allow photos of “My things”"].replace(f":{anna.user}", f":{boris.user}")
    assert not boris.press_data(asked, forged).text.startswith("✅")
    boris.ask("/quiz", "Only Anna, who taught this model")
    anna.press(asked, "Allow")
    allowed = anna.hears("may be shown in the quizzes here")
    quiz = anna.sees(lambda message: message.is_open)
    assert "Only" not in boris.ask("/quiz", "running here").text
    anna.press(allowed, "Take it back")
    anna.hears("I won't show your photos")
    # The quiz that runs ends without the photo's picture.
    assert not _end(anna, quiz).is_photo
    boris.ask("/quiz", "Only Anna, who taught this model")
    anna.ask("/quiz off", "haven't allowed any photos for quizzes here")


def test_a_quiz_goes_on_after_a_crash(mortal_bot: BotProcess, players: list[Person]) -> None:
    anna, boris, clara, *_ = players
    _allow(anna)
    quiz = _poll(anna)
    boris.vote(quiz, quiz.right_option)
    mortal_bot.crash_and_restart()
    clara.vote(quiz, quiz.right_option)
    beginning = anna.now()
    result = _end(anna, quiz)
    assert "the fastest first: Boris, Clara" in result.text
    anna.ask("/help", "/quiz")
    results = [message for message in anna.heard(beginning) if TRUTH in message.text]
    assert [message.id for message in results] == [result.id]


def test_a_quiz_that_ended_while_the_bot_was_down_is_told(
    mortal_bot: BotProcess, players: list[Person]
) -> None:
    anna, boris, *_ = players
    _allow(anna)
    quiz = _poll(anna)
    boris.vote(quiz, quiz.right_option)
    anna.press_unanswered(quiz, "Finish now")
    mortal_bot.crash_and_restart()
    anna.ask("/help", "/quiz")
    assert "Boris" in anna.hears(TRUTH).text


def test_buttons_of_a_quiz_are_its_beginners(players: list[Person]) -> None:
    anna, boris, *_ = players
    _allow(anna)
    quiz = _poll(anna)
    assert "Only the person who began this quiz" in boris.press(quiz, "Finish now").text
    assert boris.press_data(quiz, f"quiz_end:{boris.user}").is_alert
    assert boris.press_data(quiz, f"quiz_forbid:{boris.user}").text != "✅"
    assert _now(anna, quiz).is_open
    _end(anna, quiz)


def test_a_photo_that_is_deleted_meanwhile_is_not_shown_again(players: list[Person]) -> None:
    anna, *_ = players
    _allow(anna)
    quiz = _poll(anna)
    alone = anna.alone()
    alone.press(alone.ask("/datasets", "My things"), "My things")
    alone.press(alone.sees(lambda message: "🗑 Delete" in message.buttons), "Delete")
    alone.press(alone.hears("Delete the dataset"), "elete")
    alone.hears("deleted")
    result = _end(anna, quiz)
    assert not result.is_photo
    assert TRUTH in result.text


def test_alone_one_answer_ends_it(bot: BotProcess, meet: Meet) -> None:
    boris = meet(bot)
    boris.ask("/quiz", "I need photos that somebody taught me")
    taught(boris)
    boris.say("/quiz")
    quiz = boris.sees(lambda message: message.is_open)
    assert sorted(quiz.options) == ["apple", "pear"]
    boris.vote(quiz, quiz.right_option)
    result = boris.hears(TRUTH, "🏅 Right: User")
    assert result.answers == quiz.id
    assert not [message for message in boris.heard() if message.is_open]


def test_alone_a_quiz_is_about_ones_own_photos(bot: BotProcess, meet: Meet) -> None:
    anna, boris = meet(bot), meet(bot)
    boris.ask("/quiz", "Teach me first")
    taught(anna)
    use(boris, share(anna).to_use)
    boris.ask("/quiz", "works in a group where the owner is", "a model of your own: /use")
    boris.ask("/quiz off", "You haven't allowed any group")


def test_a_trained_model_plays_in_russian(bot: BotProcess, meet: Meet) -> None:
    anna = meet(bot, "ru")
    anna.send_file("fruits.zip", baskets.drawn().zipped)
    anna.hears("fruits")
    anna.say(baskets.QUICK_FIT)
    report = anna.sees(lambda message: any("Использовать" in one for one in message.buttons))
    anna.press(report, "Использовать")
    anna.hears("Теперь здесь отвечает")
    anna.say("/quiz")
    quiz = anna.sees(lambda message: message.is_open)
    assert quiz.content["poll"]["question"] == "Что на фото? У вас 30 секунд."
    anna.vote(quiz, (quiz.right_option + 1) % len(quiz.options))
    said = anna.hears("Правильный ответ: ").text
    assert "никто не угадал" in said
    assert "копия модели, обученная без этого фото" in said


def test_the_longest_names_fit_into_the_poll(bot: BotProcess, meet: Meet) -> None:
    anna = meet(bot)
    for kind, name in enumerate(("👩‍🌾🍋" * 9, "x" * 64)):
        anna.send_photos(make_image(kind, 0), make_image(kind, 1), caption=name)
    anna.hears("I can answer now")
    anna.say("/quiz")
    quiz = anna.sees(lambda message: message.is_open)
    assert set(quiz.options) == {"👩‍🌾🍋" * 9, "x" * 64}
    anna.vote(quiz, quiz.right_option)
    anna.hears(TRUTH)


def test_a_photo_alone_in_its_class_is_said_to_have_been_learned(
    bot: BotProcess, meet: Meet
) -> None:
    anna = meet(bot)
    for kind, name in ((APPLE, "apple"), (PEAR, "pear")):
        anna.send_photos(make_image(kind, 0), caption=name)
    anna.hears("I can answer now")
    anna.say("/quiz")
    quiz = anna.sees(lambda message: message.is_open)
    anna.vote(quiz, quiz.right_option)
    anna.hears(TRUTH, "I had learned from this very photo")


def _allow(anna: Person) -> None:
    anna.press(anna.ask("/quiz", "Everybody here would see"), "Allow")


def _poll(person: Person) -> Message:
    return person.sees(lambda message: message.is_open)


def _asked(person: Person) -> Message:
    person.say("/quiz")
    return _poll(person)


def _end(person: Person, quiz: Message) -> Message:
    person.press(quiz, "Finish now")
    return person.hears(TRUTH)


def _now(person: Person, quiz: Message) -> Message:
    return next(message for message in person.heard(0) if message.id == quiz.id)


def _number_of(anna: Person) -> str:
    return anna.ask("/models", "#").text.split("#")[1].split(")")[0]
