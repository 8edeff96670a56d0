"""People teach the bot with photos and correct it with one tap."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.acceptance import baskets
from tests.acceptance.conftest import Meet
from tests.acceptance.people import Message, Person
from tests.acceptance.process import BotProcess
from tests.acceptance.steps import UNKNOWN, nearest_class
from tests.factories import make_image

APPLE, PEAR, PLUM = range(3)
CAN_ANSWER = "I can answer now"
ONE_MORE = "One more class"
MANY_NAMES = (
    *("ant", "bison", "cobra", "dingo", "emu", "falcon", "gnu"),
    *("heron", "ibex", "jackal", "kudu", "lynx", "mole", "newt"),
)
THUMBS, SURPRISED, SHRUG = "👌", "🤔", "🤷"


@pytest.fixture
def vera(bot: BotProcess, meet: Meet) -> Person:
    """A user who reads Russian."""
    return meet(bot, language="ru")


def photos(kind: int, *numbers: int) -> list[bytes]:
    return [make_image(kind, number) for number in numbers]


def teach(person: Person, label: str, kind: int, *numbers: int) -> int:
    """Sends captioned photos; the number of the first."""
    return person.send_photos(*photos(kind, *numbers), caption=label)[0]


def taught(person: Person) -> Message:
    """Apples and pears are taught; returns the status."""
    teach(person, "apple", APPLE, 0, 1, 2)
    person.hears(ONE_MORE)
    teach(person, "pear", PEAR, 0, 1, 2)
    return person.hears(CAN_ANSWER)


def ask(person: Person, picture: bytes) -> Message:
    """The answer to a photo."""
    person.send_photos(picture)
    return person.sees(lambda message: "✓ Right" in message.buttons)


def counts(board: Message) -> dict[str, int]:
    """How many photos each class has, by the lines of the status."""
    lines = [line.split() for line in board.text.splitlines() if "▮" in line]
    return {" ".join(line[:-2]): int(line[-1]) for line in lines}


def boards(person: Person, since: int) -> list[Message]:
    return [message for message in person.heard(since) if message.text.startswith("🧺")]


# The first lesson


def test_two_albums_and_no_tap_before_the_first_right_answer(anna: Person) -> None:
    first, second = baskets.two_kinds_of_fruit()
    anna.ask("/start", "Lukoshko")
    beginning = anna.now()
    anna.send_photos(*first.taught, caption=first.name)
    anna.send_photos(*second.taught, caption=second.name)
    anna.hears(CAN_ANSWER)
    assert len(boards(anna, beginning)) == 1
    for basket in (first, second):
        assert nearest_class(ask(anna, basket.unseen[0])) == basket.name


def test_everything_is_told_in_one_message_that_is_edited(anna: Person) -> None:
    beginning = anna.now()
    album = teach(anna, "This is an apple.", APPLE, 0, 1, 2)
    board = anna.hears(ONE_MORE, "apple ▮▮▮ 3")
    assert anna.sees_reaction(album) == THUMBS
    teach(anna, "pear", PEAR, 0)
    anna.hears(CAN_ANSWER, "pear ▮ 1", "draft")
    teach(anna, "PEAR!", PEAR, 1, 2)
    anna.hears(CAN_ANSWER, "pear ▮▮▮ 3")
    (said,) = anna.heard(beginning)
    assert said.id == board.id
    assert "↶ Undo 2" in said.buttons


def test_a_photo_without_a_name_asks_and_the_next_lesson_has_a_new_status(anna: Person) -> None:
    board = taught(anna)
    answer = ask(anna, make_image(PEAR, 9))
    assert nearest_class(answer) == "pear"
    teach(anna, "plum", PLUM, 0)
    assert anna.hears(CAN_ANSWER, "plum").id > answer.id > board.id


@pytest.mark.parametrize("question", ["what is it?", "?", "что это", "Which one"])
def test_a_caption_that_asks_is_answered(anna: Person, question: str) -> None:
    taught(anna)
    anna.send_photos(make_image(PEAR, 9), caption=question)
    answer = anna.sees(lambda message: "✓ Right" in message.buttons)
    assert nearest_class(answer) == "pear"


def test_a_photo_that_the_model_would_have_called_otherwise_surprises(anna: Person) -> None:
    taught(anna)
    photo = teach(anna, "apple", PEAR, 0)
    assert anna.sees_reaction(photo) == SURPRISED
    board = anna.hears(CAN_ANSWER, "apple ▮▮▮▮ 4")
    assert counts(board) == {"apple": 4, "pear": 2}, "the newest class wins"
    anna.press(board, "Undo 1")
    anna.hears("Undone in “My things”", "from pear to apple")


def test_photos_that_cannot_be_read_are_told_and_the_others_learned(anna: Person) -> None:
    photo = anna.send_file("a.jpg", b"not a photo", caption="apple")
    anna.hears("can't read this picture")
    assert anna.sees_reaction(photo) == SHRUG
    anna.send_file("a.jpg", b"PK\x03\x04 not a photo", caption="apple")
    anna.hears("This is a ZIP. Send it without a caption")
    teach(anna, "apple", APPLE, 0)
    anna.hears(ONE_MORE, "apple ▮ 1")


def test_the_same_photo_again_is_known(anna: Person) -> None:
    teach(anna, "apple", APPLE, 0)
    anna.hears(ONE_MORE)
    teach(anna, "apple", APPLE, 0)
    board = anna.hears("I knew these photos already")
    assert counts(board) == {"apple": 1}
    assert not any("Undo" in text for text in board.buttons)


@pytest.mark.parametrize("label", ["🍎", "نارنگی‌ها", "<b>&amp; x", "a" * 64])
def test_any_name_is_a_class(anna: Person, label: str) -> None:
    teach(anna, label, APPLE, 0)
    assert anna.hears(ONE_MORE, label[:20], "▮ 1")


@pytest.mark.parametrize("caption", ["a" * 65, "two\nlines"])
@pytest.mark.parametrize("numbers", [(0,), (0, 1)])
def test_what_cannot_be_a_name_is_refused(
    anna: Person, caption: str, numbers: tuple[int, ...]
) -> None:
    teach(anna, caption, APPLE, *numbers)
    anna.hears("The name of a class has 1 to 64 characters on one line")


def test_forwards_and_files_teach_too(anna: Person) -> None:
    anna.send_photos(*photos(APPLE, 0, 1), caption="apple", forward=True)
    anna.hears(ONE_MORE, "apple ▮▮ 2")
    anna.send_file("pear.png", make_image(PEAR, 0, encoding="PNG"), caption="pear")
    assert counts(anna.hears(CAN_ANSWER)) == {"apple": 2, "pear": 1}


# Did you mean


def test_a_name_that_is_nearly_a_known_one_is_asked_about(anna: Person) -> None:
    taught(anna)
    teach(anna, "aple", APPLE, 5)
    question = anna.hears("Did you mean apple?", "“aple”")
    anna.press(question, "apple")
    assert counts(anna.hears(CAN_ANSWER, "apple ▮▮▮▮ 4")) == {"apple": 4, "pear": 3}
    assert "out of date" in anna.press_data(question, question.buttons["apple"]).text


def test_it_may_be_a_new_class_and_what_comes_in_between_loses_nothing(anna: Person) -> None:
    taught(anna)
    teach(anna, "apples", PLUM, 0)
    apples = anna.hears("Did you mean apple?")
    teach(anna, "pears", PEAR, 5)
    pears = anna.hears("Did you mean pear?")
    ask(anna, make_image(APPLE, 9))
    anna.press(apples, "No, a new class")
    assert counts(anna.hears(CAN_ANSWER, "apples")) == {"apples": 1, "apple": 3, "pear": 3}
    anna.press(pears, "pear")
    assert counts(anna.hears(CAN_ANSWER, "pear ▮▮▮▮ 4"))["apples"] == 1


# The teaching mode


def test_in_the_mode_every_photo_belongs_to_the_chosen_class(anna: Person) -> None:
    mode = anna.ask("/teach apple", "Teaching apple")
    assert mode.keys == ["apple · 0", "➕ New class", "✅ Done"]
    anna.send_photos(make_image(APPLE, 0))
    anna.hears("apple ▮ 1")
    anna.send_photos(*photos(APPLE, 1, 2), forward=True)
    anna.hears("apple ▮▮▮ 3")
    anna.ask("➕ New class", "What is it called?")
    pears = anna.ask("pear", "Teaching pear")
    assert pears.keys == ["pear · 0", "apple · 3", "➕ New class", "✅ Done"]
    anna.send_photos(*photos(PEAR, 0, 1, 2))
    anna.hears(CAN_ANSWER, "pear ▮▮▮ 3")
    anna.ask("apple · 3", "Teaching apple")
    anna.send_photos(make_image(PLUM, 0), caption="plum")
    anna.hears(CAN_ANSWER, "plum ▮ 1")
    end = anna.ask("✅ Done", "The lesson is over")
    assert end.reply_keyboard == {"remove_keyboard": True}
    assert nearest_class(ask(anna, make_image(PEAR, 9))) == "pear"


def test_an_album_belongs_to_the_class_that_was_chosen_when_it_was_sent(anna: Person) -> None:
    anna.ask("/teach apple", "Teaching apple")
    beginning = anna.now()
    anna.send_photos(*photos(APPLE, 0, 1, 2))
    anna.say("/teach pear")
    anna.send_photos(*photos(PEAR, 0, 1, 2))
    anna.say("✅ Done")
    anna.sees(lambda message: counts(message) == {"apple": 3, "pear": 3})
    assert not any(UNKNOWN in message.text for message in anna.heard(beginning))


def test_a_question_in_the_mode_does_not_end_it(anna: Person) -> None:
    taught(anna)
    anna.ask("/teach pear", "Teaching pear")
    anna.send_photos(make_image(APPLE, 9), caption="what is it?")
    assert nearest_class(anna.sees(lambda m: "✓ Right" in m.buttons)) == "apple"
    anna.send_photos(make_image(PEAR, 9))
    anna.hears(CAN_ANSWER, "pear ▮▮▮▮ 4")


def test_another_command_ends_the_mode_and_it_is_said(anna: Person) -> None:
    anna.ask("/teach apple", "Teaching apple")
    anna.ask("/models", "The lesson is over")
    anna.hears("baseline")
    anna.ask("/help", "/teach")
    assert not any("lesson is over" in message.text for message in anna.heard())


def test_teach_as_a_reply_teaches_that_photo_alone(anna: Person) -> None:
    photo = anna.send_photos(make_image(APPLE, 0))[0]
    anna.say("/teach apple", reply_to=photo)
    anna.hears(ONE_MORE, "apple ▮ 1")
    answer = ask(anna, make_image(APPLE, 1))
    assert answer.text


def test_the_button_of_the_greeting_asks_for_a_class(anna: Person) -> None:
    anna.press(anna.ask("/start", "Lukoshko"), "Teach by photos")
    anna.hears("What is it called?")
    anna.ask("a" * 65, "1 to 64 characters")
    anna.ask("apple", "Teaching apple")


@pytest.mark.parametrize("end", [BotProcess.restart, BotProcess.crash_and_restart])
def test_the_mode_survives_a_restart(
    own_bot: BotProcess, meet: Meet, end: Callable[[BotProcess], None]
) -> None:
    anna = meet(own_bot)
    anna.ask("/teach apple", "Teaching apple")
    anna.send_photos(make_image(APPLE, 0))
    anna.hears("apple ▮ 1")
    anna.send_photos(make_image(APPLE, 1))
    board = anna.hears("apple ▮▮ 2")
    end(own_bot)
    anna.send_photos(make_image(APPLE, 2))
    assert anna.hears("apple ▮▮▮ 3").id == board.id
    anna.ask("✅ Done", "The lesson is over")


# Corrections


def test_a_runner_up_is_one_tap_away(anna: Person) -> None:
    taught(anna)
    answer = ask(anna, make_image(PLUM, 0))
    right, other = list(answer.buttons)[:2]
    assert right == "✓ Right"
    anna.press(answer, other)
    said = anna.hears(f"Learned: {other}. Now I say {other} – ")
    assert said.id == answer.id
    anna.press(said, "Undo")
    anna.hears("Undone in “My things”", f"1 photo added to {other}")
    assert nearest_class(ask(anna, make_image(PLUM, 0))) != other


def test_right_keeps_what_was_unsure_and_thanks_for_the_rest(anna: Person) -> None:
    taught(anna)
    for picture in (make_image(PEAR, 0), make_image(PLUM, 0)):
        answer = ask(anna, picture)
        popup = anna.press(answer, "✓ Right")
        if "Probably" in answer.text or UNKNOWN in answer.text:
            anna.hears("Learned: ")
        else:
            assert popup.text == "👍 Thank you!"


def test_any_class_is_two_taps_away(anna: Person) -> None:
    for number, name in enumerate(MANY_NAMES):
        teach(anna, name, number % 6, 100 + number)
        anna.hears(f"{name} ▮ 1")
    answer = ask(anna, make_image(PLUM, 0))
    anna.press(answer, "Other…")
    page = anna.sees(lambda message: "➡️" in message.buttons)
    assert page.id == answer.id
    anna.press(page, "➡️")
    page = anna.sees(lambda message: "⬅️" in message.buttons)
    anna.press(page, MANY_NAMES[-1])
    anna.hears(f"Learned: {MANY_NAMES[-1]}. Now I say ")


def test_a_correction_may_name_a_new_class(anna: Person) -> None:
    taught(anna)
    answer = ask(anna, make_image(PLUM, 0))
    anna.press(answer, "Other…")
    page = anna.sees(lambda message: "➕ New class" in message.buttons)
    anna.press(page, "➕ New class")
    anna.hears("What is it called?")
    anna.ask("two\nlines", "1 to 64 characters")
    anna.ask("Plum", "Learned: plum. Now I say plum")


def test_the_baseline_is_corrected_into_a_dataset_of_ones_own(anna: Person) -> None:
    kiwi = baskets.a_kiwi()
    answer = ask(anna, kiwi)
    assert nearest_class(answer) == "Kiwi"
    anna.press(answer, "Other…")
    anna.press(anna.sees(lambda message: "➕ New class" in message.buttons), "➕ New class")
    anna.hears("What is it called?")
    anna.ask("furry egg", "Learned: furry egg. Now I say furry egg")
    anna.ask("/datasets", "Fruit and more")
    first, _ = baskets.two_kinds_of_fruit()
    assert nearest_class(ask(anna, first.unseen[0])) == first.name.capitalize()


def test_a_correction_in_russian(vera: Person) -> None:
    for label, kind in (("это яблоко", APPLE), ("груша", PEAR)):
        vera.send_photos(*photos(kind, 0, 1, 2), caption=label)
        vera.hears(label.removeprefix("это "), "▮▮▮ 3")
    vera.hears("Теперь я могу отвечать")
    vera.send_photos(make_image(PLUM, 0))
    answer = vera.sees(lambda message: "✓ Верно" in message.buttons)
    other = list(answer.buttons)[1]
    vera.press(answer, other)
    said = vera.hears(f"Запомнил: {other}. Теперь скажу: {other} — ")
    vera.press(said, "Отменить")
    vera.hears("отменено", other)


def test_the_baselines_classes_are_corrected_in_russian(vera: Person) -> None:
    vera.send_photos(baskets.a_kiwi())
    answer = vera.sees(lambda message: "✓ Верно" in message.buttons)
    other = list(answer.buttons)[1]
    vera.press(answer, other)
    vera.hears(f"Запомнил: {other}. Теперь скажу: ")


def test_nobody_else_presses_these_buttons(anna: Person, boris: Person) -> None:
    board = taught(anna)
    answer = ask(anna, make_image(PEAR, 9))
    boris.say("/start")
    own = boris.hears("Lukoshko")
    for data in (*board.buttons.values(), *answer.buttons.values()):
        assert "made for someone else" in boris.press_data(own, data).text
        action, *arguments, _ = data.split(":")
        forged = ":".join([action, *arguments, str(boris.user)])
        if action in ("learn", "right", "other", "undo", "samples"):
            assert boris.press_data(own, forged).text, data
    assert counts(board) == {"apple": 3, "pear": 3}
    anna.ask("/datasets", "6 photos, 2 classes")


def test_a_correction_of_a_dataset_that_is_gone_is_out_of_date(anna: Person) -> None:
    taught(anna)
    answer = ask(anna, make_image(PEAR, 9))
    anna.press(anna.ask("/datasets", "My things"), "My things")
    anna.press(anna.sees(lambda message: any("Delete" in b for b in message.buttons)), "Delete")
    anna.press(anna.sees(lambda message: any("Yes" in b for b in message.buttons)), "Yes")
    anna.hears("“My things” is deleted")
    anna.press(answer, list(answer.buttons)[1])
    anna.hears("This button is out of date")


# Bursts


def test_two_hundred_photos_at_once_are_all_learned(own_bot: BotProcess, meet: Meet) -> None:
    """Twenty albums of ten, of two people; the last album shows photos of the first under another name."""
    people = [meet(own_bot) for _ in range(2)]
    beginnings = [greeted(person) for person in people]
    for number in range(10):
        for person in people:
            send_album(person, number)
    for person, beginning in zip(people, beginnings, strict=True):
        learned_all(person)
        assert len(boards(person, beginning)) == 1
        assert not any("Something of yours" in message.text for message in person.heard(beginning))
    assert "Rate limit hit" not in own_bot.log
    assert "429" not in own_bot.log


@pytest.mark.parametrize("seconds", [0.0, 2.0])
def test_a_crash_in_the_middle_of_a_burst_loses_and_doubles_nothing(
    own_bot: BotProcess, meet: Meet, seconds: float
) -> None:
    people = [meet(own_bot) for _ in range(2)]
    for person in people:
        greeted(person)
    for number in range(10):
        for person in people:
            send_album(person, number)
    time.sleep(seconds)  # the moment of the crash
    own_bot.crash_and_restart()
    for person in people:
        learned_all(person)


def greeted(person: Person) -> int:
    person.ask("/start", "Lukoshko")
    return person.now()


def send_album(person: Person, number: int) -> None:
    """Albums of two classes by turns; the last has the photos of the first under the other's name."""
    first = 10 * number if number < 9 else 0
    kind = (APPLE, PEAR)[number % 2] if number < 9 else APPLE
    album = [make_image(kind, 1000 * person.user + n) for n in range(first, first + 10)]
    person.send_photos(*album, caption=("apple", "pear")[number % 2])


def learned_all(person: Person) -> None:
    """Waits until the newest class of each photo is learned, and no photo is lost or there twice."""
    person.sees(lambda message: CAN_ANSWER in message.text and counts(message) == LEARNED)
    person.ask("/datasets", "90 photos, 2 classes")


LEARNED = {"apple": 40, "pear": 50}
