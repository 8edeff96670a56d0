"""Mistakes of users: each is answered by one clear sentence, and nothing is logged."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.acceptance import baskets
from tests.acceptance.people import Message, Person
from tests.acceptance.process import BotProcess
from tests.acceptance.steps import teach, train, upload
from tests.factories import make_image


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("/fit", "There is no dataset yet"),
        ("/info", "There is no dataset yet"),
        ("/samples", "There is no dataset yet"),
        ("/datasets", "No datasets yet"),
        ("/models", "No models of your own yet"),
        ("/remove", "No models of your own yet"),
        ("/remove_all", "No models of your own yet"),
        ("/model 7", "There is no model “#7”"),
        ("/model 99999999999999999999", "There is no model"),
        ("/use nonsense", "There is no model “nonsense”"),
        ("/remove <b>", "There is no model “<b>”"),
        ("/compare", "It takes two models"),
        ("/compare one, two", "There is no model “one”"),
        ("/model 0", "There is no model “#0”"),
        ("/remove baseline", "The baseline model is everyone's and can't be removed"),
        ("/cancel", "Nothing is running"),
        ("/predict", "Send a photo"),
        ("/upload_dataset", "Put the photos of each class into a folder"),
        ("/dance", "I don't know that command"),
        ("hello", "Send me a photo"),
    ],
)
def test_a_command_at_the_wrong_moment_gets_one_sentence(
    anna: Person, said: str, answer: str
) -> None:
    anna.ask(said, answer)
    assert len(anna.heard()) == 1


def test_a_photo_without_a_model_in_use_tells_how_to_choose_one(anna: Person) -> None:
    anna.ask("/unload", "No model answers here now")
    anna.send_photos(make_image())
    advice = anna.hears("No model is in use here")
    assert any("My models" in label for label in advice.buttons)
    anna.press(advice, "Use the baseline")
    anna.hears("“baseline” answers here now")


@pytest.fixture
def vera(anna: Person) -> Person:
    """A user with a small dataset."""
    return with_dataset(anna)


@pytest.fixture(scope="module")
def same_zoya(shared_bot: BotProcess) -> Iterator[Person]:
    person = Person(shared_bot, user=9)
    yield with_dataset(person)
    person.leave()


@pytest.fixture
def zoya(bot: BotProcess, same_zoya: Person) -> Person:
    """The same user with a small dataset, for tests that change nothing of hers."""
    return same_zoya


def with_dataset(person: Person) -> Person:
    upload(person, baskets.drawn(classes=2, photos=6))
    return person


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        ("sugar=much", "There is no parameter “sugar” here"),
        ("lda__shrinkage=2", "lda__shrinkage can't be “2”. Allowed: 0…1"),
        ("C=0", "C can't be “0”. Allowed: 0.001"),
        ("C=much", "C can't be “much”"),
        ("C=nan", "C can't be “nan”"),
        ("pca=50", "There is no setting “pca=50”. Did you mean n_components=50?"),
        ("svm", "Did you mean svc? If it is the model's name, write name=svm."),
        ("hog svc qwerty", "I don't know the word “qwerty”"),
        ("hog sift", "One of these is enough: outlines (hog), fine details (sift)"),
        ("kernel=popcorn", "linear, poly, rbf, sigmoid"),
        ("features=magic", "There are no features named “magic”"),
        ("classifier=oracle", "There is no classifier named “oracle”"),
        ("curve=perhaps", "curve can't be “perhaps”. Allowed: yes, no"),
        ("x" * 65, "A name has 1 to 64 characters"),
    ],
)
def test_a_fit_with_wrong_arguments_says_what_is_allowed(
    zoya: Person, arguments: str, answer: str
) -> None:
    zoya.ask(f"/fit {arguments}", answer)
    zoya.ask("/models", "No models of your own yet")


def test_a_models_name_is_taken_only_once(vera: Person) -> None:
    train(vera, "/fit berries")
    vera.ask("/fit BERRIES", "The name “BERRIES” is taken")
    vera.ask("/fit Baseline", "The name “Baseline” is taken")


def test_one_class_is_not_enough_to_train(anna: Person) -> None:
    upload(anna, baskets.drawn(classes=1, photos=6))
    anna.ask("/fit C=1", "There is only one class, “apple”")


def test_a_photo_or_two_a_class_are_not_enough_to_train(anna: Person) -> None:
    upload(anna, baskets.drawn(classes=2, photos=1))
    anna.ask("/fit C=1", "Too few different photos", "apple")


def test_an_empty_name_is_asked_for_again(vera: Person) -> None:
    vera.press(vera.ask("/datasets", "fruits"), "fruits")
    vera.press(vera.sees(lambda message: "✏️ Rename" in message.buttons), "Rename")
    vera.hears("What shall")
    vera.ask("x" * 65, "A name has 1 to 64 characters")
    vera.ask("/cancel", "Cancelled")
    vera.ask("berries", "Send me a photo")


def asked_for_a_new_name(vera: Person) -> Message:
    """The dataset's card, after a press of Rename."""
    vera.press(vera.ask("/datasets", "fruits"), "fruits")
    card = vera.sees(lambda message: "✏️ Rename" in message.buttons)
    vera.press(card, "Rename")
    vera.hears("What shall")
    return card


def test_another_command_ends_the_question_for_a_name(vera: Person) -> None:
    asked_for_a_new_name(vera)
    vera.ask("/help", "/upload_dataset")
    vera.ask("thanks", "Send me a photo")
    vera.ask("/datasets", "fruits")


def test_the_question_for_a_name_ends_with_its_dataset(vera: Person) -> None:
    vera.press(asked_for_a_new_name(vera), "Delete")
    vera.press(vera.sees(lambda message: "🗑 Yes, delete" in message.buttons), "Yes, delete")
    vera.ask("berries", "is gone")
    vera.ask("berries", "Send me a photo")


@pytest.mark.parametrize("name", ["letter.txt", "scan.pdf", "photos.rar"])
def test_a_file_of_another_kind_is_refused(anna: Person, name: str) -> None:
    anna.send_file(name, b"something else")
    anna.hears("I can take ZIP files and pictures")


@pytest.mark.parametrize("name", ["photos.zip", "photo.jpg"])
def test_a_file_that_telegram_does_not_hand_over_is_refused(anna: Person, name: str) -> None:
    teach(anna, baskets.drawn(classes=2, photos=6), baskets.QUICK_FIT)
    anna.send_file(name, bytes(21 * 2**20))
    anna.hears("This file is 21 MB", "at most 20 MB")


# Buttons ------------------------------------------------------------------------------------------


def test_a_button_pressed_twice_does_its_work_once(vera: Person) -> None:
    train(vera, "/fit berries")
    question = vera.ask("/remove berries", "Delete the model")
    vera.press(question, "Yes, delete")
    assert "no such model" in vera.press(question, "Yes, delete").text
    question = vera.ask("/remove_all", "No models of your own yet")
    vera.press(vera.ask("/datasets", "fruits"), "fruits")
    vera.press(vera.sees(lambda message: "🗑 Delete" in message.buttons), "Delete")
    question = vera.sees(lambda message: "🗑 Yes, delete" in message.buttons)
    vera.press(question, "Yes, delete")
    assert "is gone" in vera.press(question, "Yes, delete").text


def test_the_sample_asked_for_twice_is_drawn_once(anna: Person) -> None:
    greeting = anna.ask("/start", "Lukoshko")
    anna.press(greeting, "Try the sample")
    progress = anna.sees(lambda message: "✋ Stop" in message.buttons)
    again = anna.press(greeting, "Try the sample")
    assert again.is_alert
    assert "still running (upload)" in again.text
    assert anna.press(progress, "Stop").text == ""
    assert anna.hears("Stopped").id == progress.id


@pytest.mark.parametrize(
    "data",
    [
        *("", "x", "use", "use:x:{me}", "use::{me}", "use:-1:{me}", "dance:1:{me}"),
        *("language:zz:{me}", "language:../..:{me}", "cancel:nap:{me}", "compare:x.y:{me}"),
        *("zip_new:{me}", "zip_add:1:{me}", "fit_choose:{dataset}:99-99-99-1-1:{me}"),
        *("fit_train:{dataset}:rubbish:{me}", "colors:{dataset}:9:0:{me}"),
        *("colors:{dataset}:1:99:{me}", "class_list:{dataset}:{me}"),
    ],
)
def test_a_button_that_is_out_of_date_says_so(zoya: Person, data: str) -> None:
    card = zoya.ask("/info", "Size:")
    dataset = next(iter(card.buttons.values())).split(":")[1]
    popup = zoya.press_data(card, data.format(me=zoya.user, dataset=dataset) or ":")
    assert popup.text == "This button is out of date: send the command or the photo again."
