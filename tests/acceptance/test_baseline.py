"""The model that everyone has from the start: it knows fruit and vegetables."""

from __future__ import annotations

import pytest

from tests.acceptance import baskets
from tests.acceptance.conftest import Meet
from tests.acceptance.people import Person
from tests.acceptance.process import BotProcess
from tests.acceptance.steps import UNKNOWN, teach

DRAWN = baskets.drawn().taught[0]


@pytest.fixture
def vera(bot: BotProcess, meet: Meet) -> Person:
    """A user who reads Russian."""
    return meet(bot, language="ru")


def test_a_newcomer_sends_a_fruit_and_gets_its_name(anna: Person) -> None:
    anna.ask("/start", "Send a photo of fruit or vegetables")
    photo = anna.send_photos(baskets.a_kiwi())[0]
    answer = anna.hears("Kiwi – ", "%", "█")
    assert answer.answers == photo
    assert "/upload_dataset" not in answer.text


def test_its_classes_are_named_in_russian(vera: Person) -> None:
    vera.ask("/start", "Пришлите фото фруктов или овощей")
    vera.send_photos(baskets.a_kiwi())
    answer = vera.hears("Киви — ", "█")
    assert "Kiwi" not in answer.text
    vera.send_photos(baskets.a_kiwi(), DRAWN)
    vera.hears("1. Киви — ", "2. 🤷 такому меня не учили", "Научите меня")


def test_what_it_does_not_know_it_asks_to_be_taught(anna: Person) -> None:
    anna.send_photos(DRAWN)
    anna.hears(UNKNOWN, "So far I know fruit and vegetables", "Teach me")


def test_a_model_of_ones_own_does_not_speak_of_fruit(anna: Person) -> None:
    teach(anna, baskets.drawn(classes=2, photos=6))
    anna.send_photos(baskets.noise())
    answer = anna.hears(UNKNOWN)
    assert "fruit and vegetables" not in answer.text
    assert "answers here. The others: /models" in answer.text


def test_ones_own_classes_are_never_translated(vera: Person) -> None:
    basket = baskets.drawn(classes=2, photos=6)
    kiwis = {name.replace("apple", "Kiwi"): photo for name, photo in basket.to_teach.items()}
    vera.send_file("kiwis.zip", baskets.zipped(kiwis))
    vera.hears("kiwis", "12 фото")
    vera.say("/fit")
    vera.press(vera.hears("Обучить на наборе", "нейросеть"), "Обучить")
    vera.press(vera.hears("готова"), "Использовать")
    vera.hears("Теперь здесь отвечает")
    vera.send_photos(basket.taught[0])
    assert "Киви" not in vera.hears("Kiwi").text


def test_its_card_tells_what_it_knows_and_whose_photos_these_are(anna: Person) -> None:
    card = anna.ask("/model", "The baseline model", "It answers in this chat")
    for words in ("34 classes", "Grocery Store Dataset", "MIT", "Klasson", "Cross-validated"):
        assert words in card.text
    assert not any("Delete" in label for label in card.buttons)
    anna.press(card, "Model charts")
    anna.sees(lambda message: message.is_photo)
    anna.sees(lambda message: message.file_name == "confusion.png")
    anna.press(card, "Take away")
    anna.press(anna.hears("How would you like to take"), "Model file")
    file = anna.sees(lambda message: message.file_name == "baseline-model.onnx")
    assert b"lukoshko_card" in anna.fetch(file)


def test_its_card_in_russian(vera: Person) -> None:
    vera.ask("/model", "Базовая модель", "34 класса", "лицензия MIT", "Перекрёстная", "Баклажан")


def test_it_is_listed_chosen_and_deactivated_like_any_other(anna: Person) -> None:
    anna.ask("/models", "No models of your own yet", "✅ baseline")
    anna.ask("/unload", "No model answers here now")
    anna.ask("/models", "• baseline")
    question = anna.ask("/use", "Which model shall answer here?")
    anna.press(question, "baseline")
    anna.hears("“baseline” answers here now")
    teach(anna, baskets.drawn(classes=2, photos=6), baskets.QUICK_FIT)
    anna.ask("/models", "Your models (1)", "✅ fruits 1", "• baseline")
    anna.ask("/use Baseline", "“baseline” answers here now")
    anna.ask("/compare baseline, fruits 1", "Side by side", "baseline", "fruits 1")


def test_nobody_removes_it(anna: Person) -> None:
    card = anna.ask("/model baseline", "The baseline model")
    for action in ("remove", "remove_yes"):
        popup = anna.press_data(card, f"{action}:0:{anna.user}")
        assert popup.text == "The baseline model is everyone's and can't be removed."
    anna.ask("/models", "✅ baseline")


def test_it_stays_deactivated_after_a_restart(mortal_bot: BotProcess, meet: Meet) -> None:
    anna = meet(mortal_bot)
    anna.ask("/unload", "No model answers here now")
    mortal_bot.restart()
    anna.send_photos(DRAWN)
    anna.hears("No model is in use here")
