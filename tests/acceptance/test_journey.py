"""The main job end to end: a ZIP, a look at it, a model, answers."""

from __future__ import annotations

import csv
import io

import pytest
from PIL import Image

from tests.acceptance import baskets
from tests.acceptance.baskets import Basket
from tests.acceptance.conftest import Meet
from tests.acceptance.people import Person
from tests.acceptance.process import BotProcess
from tests.acceptance.steps import UNKNOWN, model_number, nearest_class, teach, train, upload


@pytest.fixture(params=["drawn", "from the shop"])
def basket(request: pytest.FixtureRequest) -> Basket:
    return baskets.drawn() if request.param == "drawn" else baskets.from_the_shop()


def test_the_whole_journey(anna: Person, basket: Basket) -> None:
    greeting = anna.ask("/start", "Lukoshko", "1.", "2.", "3.")
    assert len(greeting.buttons) == 3
    upload(anna, basket)
    looks_at_the_charts(anna, basket)
    looks_at_examples(anna)
    model = trains_with_probability_and_curve(anna, basket)
    looks_at_the_model(anna, model)
    puts_it_to_use(anna, model)
    asks_about_photos(anna, basket)
    compares_two_models(anna, model)
    puts_it_away(anna, basket)
    removes_models(anna, model)
    deletes_the_dataset(anna, basket)


def looks_at_the_charts(anna: Person, basket: Basket) -> None:
    summary = anna.ask("/info", f"{len(basket.classes)} classes", "Size:")
    charts = [message for message in anna.heard() if message.is_photo]
    assert len(charts) == 1
    anna.press(summary, "Table (CSV)")
    table = anna.sees(lambda message: message.file_name == f"{basket.name}.csv")
    rows = list(csv.DictReader(io.StringIO(anna.fetch(table).decode("utf-8-sig"))))
    assert len(rows) == len(basket.to_teach)
    anna.press(summary, "Classes")
    classes = anna.sees(lambda message: basket.classes[0] in message.buttons)
    anna.press(classes, basket.classes[0])
    chart = anna.sees(lambda message: message.is_photo)
    assert Image.open(io.BytesIO(anna.fetch(chart))).width >= 500


def looks_at_examples(anna: Person) -> None:
    anna.say("/samples")
    first = anna.sees(lambda message: message.is_photo)
    anna.press(first, "Others")
    others = anna.sees(lambda message: message.is_photo and message.id != first.id)
    assert anna.fetch(others) != anna.fetch(first)
    anna.say("/samples")
    again = anna.sees(lambda message: message.is_photo)
    assert anna.fetch(again) == anna.fetch(others), "the last sheet is kept"


def trains_with_probability_and_curve(anna: Person, basket: Basket) -> str:
    question = anna.ask("/fit", f"{len(basket.to_teach)} photos", "Train on")
    anna.press(question, "Settings")
    settings = anna.hears("How to train")
    for setting, option in (("Gamma", "0.5"), ("Learning curve", "yes")):
        anna.press(settings, setting)
        anna.press(anna.hears(setting), option)
        settings = anna.hears("How to train")
    assert {
        *("Features: network · lite2", "Classifier: kernel ridge and LDA · blend", "Gamma: 0.5"),
        *("Smoothing: 0.1", "Probabilities: yes", "Learning curve: yes"),
    } <= set(settings.buttons)
    anna.press(settings, "Back")
    question = anna.hears("Train on", "network + kernel ridge and LDA")
    anna.press(question, "▶️ Train")
    report = anna.hears("is ready", "Right on", "photos it never saw")
    assert report.id == question.id, "the question becomes the progress, and that the report"
    unseen = int(report.text.split(" photos it never saw")[0].split(" of ")[-1].replace(",", ""))
    assert ("Its probabilities are off by" in report.text) == (unseen >= 50)
    assert "Then trained once more, on all photos" in report.text
    assert "Not complete" not in report.text
    anna.sees(lambda message: message.is_photo)
    heard = anna.heard()
    charts = [message for message in heard if message.is_photo]
    is_perfect = f"Right on {unseen} of {unseen} " in report.text or "on 100%" in report.text
    assert len(charts) == (1 if is_perfect else 2), "the confusion matrix, and the curve"
    return model_number(report)


def looks_at_the_model(anna: Person, model: str) -> None:
    anna.ask("/models", "Your models (1)", f"#{model}")
    card = anna.ask(
        f"/model {model}", f"#{model}", "Your own model", "lite2 + blend", "blend__gamma=0.5"
    )
    assert "Macro F1: " in card.text
    anna.press(card, "Take away")
    anna.press(anna.hears("How would you like to take"), "Model file")
    file = anna.sees(lambda message: (message.file_name or "").endswith(".onnx"))
    assert len(anna.fetch(file)) > 1000


def puts_it_to_use(anna: Person, model: str) -> None:
    question = anna.ask("/use", "Which model shall answer here?")
    anna.press_data(question, next(iter(question.buttons.values())))
    anna.hears("answers here now")
    anna.ask("/models", "✅", f"#{model}")


def asks_about_photos(anna: Person, basket: Basket) -> None:
    photo = anna.send_photos(basket.unseen[0])[0]
    answer = anna.sees(lambda message: message.answers == photo)
    assert nearest_class(answer) in basket.classes
    file = anna.send_file("photo.jpg", basket.taught[0])
    answer = anna.sees(lambda message: message.answers == file)
    assert nearest_class(answer) == basket.classes[0]
    album = anna.send_photos(*basket.unseen[:3])
    answer = anna.hears("3 photos", "1.", "2.", "3.")
    assert answer.answers == album[0]
    assert anna.heard() == [answer], "an album gets one answer"


def compares_two_models(anna: Person, model: str) -> None:
    other = model_number(train(anna, "/fit second features=hog C=100 kernel=linear curve=yes"))
    assert other != model
    question = anna.ask("/compare", "Choose 2 to 5")
    assert sum("✓" in label for label in question.buttons) == 2
    anna.press(question, "Compare")
    table = anna.hears("Side by side", "second")
    assert table.text.count("%") + table.text.count("6 of 6") == 2
    assert "• second: outlines + support vectors" in table.text
    anna.sees(lambda message: message.is_photo)


def puts_it_away(anna: Person, basket: Basket) -> None:
    anna.ask("/unload", "No model answers here now")
    anna.send_photos(basket.unseen[0])
    advice = anna.hears("No model is in use here")
    assert "My models" in "".join(advice.buttons)
    anna.ask("/unload", "No model is in use here")


def removes_models(anna: Person, model: str) -> None:
    question = anna.ask(f"/remove {model}", "Delete the model")
    anna.press(question, "No, keep")
    anna.hears("Kept")
    anna.ask(f"/use {model}", "answers here now")
    anna.press(anna.ask(f"/remove {model}", "Delete the model"), "Yes, delete")
    anna.hears("is deleted", "The baseline answers here again")
    anna.ask(f"/model {model}", "no model", model)
    anna.press(
        anna.ask("/remove_all", "Delete all your models (1)?", "The baseline stays"), "Yes, delete"
    )
    anna.hears("Deleted: 1 model", "The baseline stays")
    anna.ask("/models", "No models of your own yet")


def deletes_the_dataset(anna: Person, basket: Basket) -> None:
    anna.press(anna.ask("/datasets", basket.name), basket.name)
    anna.press(anna.sees(lambda message: "🗑 Delete" in message.buttons), "Delete")
    question = anna.hears("Delete", f"{len(basket.to_teach)} photos")
    anna.press(question, "Yes, delete")
    anna.hears("is deleted")
    anna.ask("/info", "There is no dataset yet")


def test_a_second_zip_becomes_a_new_dataset_or_joins_the_first(anna: Person) -> None:
    upload(anna, baskets.drawn("fruits", classes=2, photos=5))
    anna.send_file("more.zip", baskets.drawn("more", classes=2, photos=5, seed=3).zipped)
    anna.press(anna.hears("What shall I do with", "more.zip"), "Add to")
    anna.hears("fruits", "20 photos, 2 classes")
    anna.send_file("others.zip", baskets.drawn("others", classes=3, photos=5, seed=4).zipped)
    anna.press(anna.hears("What shall I do with", "others.zip"), "A new dataset")
    anna.hears("others", "15 photos, 3 classes")
    listing = anna.ask("/datasets", "fruits", "others")
    assert "others – 15 photos, 3 classes ✓ in use" in listing.text


def test_photos_that_are_there_already_are_left_out(anna: Person) -> None:
    basket = baskets.drawn(classes=2, photos=5)
    upload(anna, basket)
    new = baskets.drawn(classes=1, photos=1, seed=7).to_teach["apple/00.jpg"]
    anna.send_file("again.zip", baskets.zipped({**basket.to_teach, "apple/new.jpg": new}))
    anna.press(anna.hears("What shall I do with"), "Add to")
    anna.hears("11 photos", "Left out: 10 files", "in the dataset already")
    anna.send_file("again.zip", basket.zipped)
    anna.press(anna.hears("What shall I do with"), "Add to")
    anna.hears("All these photos are in the dataset already", "files: 10")


def test_a_dataset_is_renamed(anna: Person) -> None:
    upload(anna, baskets.drawn(classes=2, photos=5))
    anna.press(anna.ask("/datasets", "fruits"), "fruits")
    anna.press(anna.sees(lambda message: "✏️ Rename" in message.buttons), "Rename")
    anna.hears("What shall the dataset “fruits” be called?")
    anna.ask("  Summer berries ", "Now it is “Summer berries”")
    anna.ask("/datasets", "Summer berries")


def test_the_sample_is_a_button_away(anna: Person) -> None:
    anna.press(anna.ask("/start", "Lukoshko"), "Try the sample")
    summary = anna.hears("Emoji fruit", "classes")
    assert any("Train" in label for label in summary.buttons)


def test_the_bot_speaks_russian(bot: BotProcess, meet: Meet) -> None:
    vera = meet(bot, language="ru")
    vera.ask("/start", "Лукошко")
    vera.send_file("ягоды.zip", baskets.drawn(classes=2, photos=6).zipped)
    vera.hears("ягоды", "12 фото", "2 класса")
    vera.say("/fit C=1")
    vera.press(vera.hears("готова"), "Использовать")
    vera.send_photos(baskets.drawn(classes=2, photos=6).taught[0])
    vera.hears("%", "█")


def test_the_language_is_changed_by_button(anna: Person) -> None:
    anna.press(anna.ask("/language", "Which language"), "Русский")
    anna.hears("Теперь по-русски")
    anna.ask("/models", "Своих моделей пока нет")


def test_the_language_is_changed_by_a_word(anna: Person) -> None:
    anna.ask("/language RU", "по-русски")
    anna.ask("/language en", "English")
    anna.ask("/language xx", "Which language")


def test_a_model_without_probabilities_names_the_class_alone(anna: Person) -> None:
    teach(anna, baskets.drawn(), "/fit probability=no")
    anna.send_photos(baskets.drawn().taught[0])
    answer = anna.hears("apple", "Other guesses: pear, plum")
    assert "%" not in answer.text


def test_three_photos_of_each_class_train_a_model_whose_score_is_a_guess(anna: Person) -> None:
    basket = baskets.drawn(classes=2, photos=3)
    report = teach(anna, basket)
    assert "of 6 photos" in report.text
    assert "only a guess: send more of apple, pear" in report.text
    anna.send_photos(basket.taught[0])
    answer = anna.sees(lambda message: UNKNOWN in message.text or "█" in message.text)
    assert nearest_class(answer) in basket.classes


def test_a_picture_unlike_the_taught_ones_is_not_taken_for_one(anna: Person) -> None:
    basket = baskets.drawn()
    teach(anna, basket)
    anna.send_photos(baskets.noise())
    assert nearest_class(anna.hears(UNKNOWN)) in basket.classes
    anna.send_photos(baskets.noise(), basket.taught[0])
    anna.hears("1. 🤷 nothing I was taught; the nearest:", "2. apple – ")


def test_packages_are_not_taken_for_fruit(anna: Person) -> None:
    basket = baskets.from_the_shop()
    teach(anna, basket)
    packages = baskets.packages_of_the_shop()
    anna.send_photos(*packages)
    answer = anna.hears(f"{len(packages)} photos")
    assert answer.text.count("nothing I was taught") == len(packages), answer.text


def test_features_bring_the_classifier_that_suits_them(anna: Person) -> None:
    upload(anna, baskets.drawn(classes=2, photos=5))
    question = anna.ask("/fit", "Train on")
    anna.press(question, "Settings")
    anna.press(anna.hears("How to train"), "Features")
    options = anna.hears("Features")
    assert "✓ network · lite2" in options.buttons
    anna.press(options, "outlines · hog")
    settings = anna.hears("How to train")
    assert {"Classifier: support vectors · svc", "C: 10", "Kernel: RBF"} <= set(settings.buttons)
    anna.press(settings, "Classifier")
    anna.press(anna.hears("Classifier"), "logistic regression · logreg")
    anna.press(anna.hears("How to train"), "▶️ Train")
    anna.press(anna.hears("is ready", "Right on"), "Details")
    anna.hears("hog + pca + logreg", "logreg__C=10")
