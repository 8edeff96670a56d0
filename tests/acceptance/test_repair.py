"""A dataset is looked through and repaired in the chat, and all of it undone."""

from __future__ import annotations

from dataclasses import replace

from tests.acceptance import baskets
from tests.acceptance.baskets import Basket
from tests.acceptance.lessons import APPLE, CAN_ANSWER, PEAR
from tests.acceptance.lessons import teach as teach_photos
from tests.acceptance.people import Message, Person
from tests.acceptance.steps import train, upload


def test_an_upload_is_undone_and_what_it_was_is_said(anna: Person) -> None:
    upload(anna, baskets.drawn(classes=2, photos=3))
    anna.ask("/undo", "nothing to undo")
    more = {f"plum/{n}.jpg": baskets.noise(n) for n in range(2)}
    anna.send_file("more.zip", baskets.zipped(more))
    anna.press(anna.hears("more.zip"), "Add to")
    anna.hears("8 photos", "3 classes")
    anna.ask("/undo", "Undone in “fruits”: 2 photos added to plum")
    anna.ask("/datasets", "6 photos, 2 classes")


def test_a_class_is_looked_through_by_numbers(anna: Person) -> None:
    upload(anna, baskets.drawn(classes=2, photos=15))
    anna.say("/samples Apple")
    page = anna.hears("apple", "15 photos", "1–12")
    assert [text for text in page.buttons if text.isdigit()] == [str(n) for n in range(1, 13)]
    anna.press(page, "▶")
    page = anna.hears("13–15")
    assert "12" not in page.buttons
    sheet = anna.fetch(page)
    anna.press(page, "14")
    photo = anna.hears("Photo 14 of apple", "apple/13.jpg")
    assert photo.id == page.id, "it takes the place of the page"
    assert anna.fetch(photo) != sheet
    anna.press(photo, "Back")
    page = anna.hears("13–15")
    anna.press(page, "15")
    anna.press(anna.hears("Photo 15"), "Delete")
    page = anna.hears("deleted from apple", "14 photos", "13–14")
    anna.press(page, "Undo")
    anna.hears("Undone in “fruits”: 1 photo deleted from apple")
    anna.ask("/datasets", "30 photos, 2 classes")


def test_a_photo_is_moved_to_another_class_or_a_new_one(anna: Person) -> None:
    upload(anna, baskets.drawn(classes=2, photos=2))
    page = anna.ask("/samples apple", "apple")
    anna.press(page, "1")
    photo = anna.hears("Photo 1")
    anna.press(photo, "Move to")
    anna.press(anna.sees(lambda message: "pear" in message.buttons), "pear")
    page = anna.hears("moved from apple to pear", "1 photo.")
    anna.press(page, "1")
    anna.press(anna.hears("Photo 1"), "Move to")
    choice = anna.sees(lambda message: "➕ New class" in message.buttons)
    anna.press(choice, "New class")
    anna.hears("Which class is it?")
    undo = anna.ask("plum", "moved from apple to plum")
    anna.ask("/datasets", "4 photos, 2 classes")
    anna.press(undo, "Undo")
    anna.hears("Undone in “fruits”: 1 photo moved from apple to plum")
    anna.ask("/undo", "1 photo moved from apple to pear")
    anna.ask("/info pear", "pear", "2 photos", "50% of the dataset")


def test_a_question_about_a_photo_that_is_gone_is_asked_no_more(anna: Person) -> None:
    upload(anna, baskets.drawn(classes=2, photos=2))
    anna.press(anna.ask("/samples apple", "apple"), "1")
    photo = anna.hears("Photo 1")
    anna.press(photo, "Move to")
    anna.press(anna.sees(lambda message: "➕ New class" in message.buttons), "New class")
    anna.hears("Which class is it?")
    anna.press(photo, "Delete")
    anna.hears("1 photo.")
    anna.ask("plum", "these photos are gone")
    anna.ask("plum", "Everything I can do")


def test_a_class_that_is_not_there_is_asked_about(anna: Person) -> None:
    upload(anna, baskets.drawn(classes=3, photos=2))
    question = anna.ask("/samples appel", "no class “appel”", "Did you mean")
    assert list(question.buttons) == ["apple"]
    anna.press(question, "apple")
    anna.hears("apple", "2 photos", "Tap a number")
    question = anna.ask("/info zebra", "no class “zebra”")
    assert len(question.buttons) == 3
    anna.press(question, "pear")
    card = anna.hears("pear", "2 photos", "33% of the dataset")
    assert card.is_photo


def test_classes_are_renamed_merged_and_deleted_and_all_is_undone(anna: Person) -> None:
    upload(anna, baskets.drawn(classes=3, photos=2))
    page = anna.ask("/samples apple", "Tap a number")
    anna.press(page, "Rename")
    anna.hears("What shall the class apple be called?")
    anna.ask("pear", "There is already a class pear")
    anna.press(page, "Rename")
    anna.hears("What shall the class apple be called?")
    anna.ask("quince", "apple is now called quince")
    anna.press(anna.ask("/samples quince", "Tap a number"), "Merge into")
    anna.press(anna.sees(lambda message: "pear" in message.buttons), "pear")
    merged = anna.hears("quince is now part of pear: 4 photos")
    anna.press(anna.ask("/samples pear", "4 photos"), "Delete the class")
    anna.press(anna.sees(lambda message: any("Yes" in b for b in message.buttons)), "Yes, delete")
    deleted = anna.hears("The class pear is deleted with its 4 photos")
    popup = anna.press(merged, "Undo")
    assert popup.is_alert
    assert "other changes came after it" in popup.text
    anna.press(deleted, "Undo")
    anna.hears("Undone in “fruits”: 4 photos deleted from pear")
    anna.press(merged, "Undo")
    anna.hears("Undone in “fruits”: quince merged into pear")
    anna.ask("/undo", "Undone in “fruits”: apple renamed to quince")
    anna.ask("/datasets", "6 photos, 3 classes")


def test_an_undo_that_comes_again_after_a_crash_undoes_nothing_more(anna: Person) -> None:
    upload(anna, baskets.drawn(classes=2, photos=3))
    for name in ("quince", "melon"):
        anna.press(anna.ask("/samples pear", "Tap a number"), "1")
        anna.press(anna.hears("Photo 1"), "Move to")
        choice = anna.sees(lambda message: "➕ New class" in message.buttons)
        anna.press(choice, "New class")
        anna.hears("Which class is it?")
        anna.ask(name, f"moved from pear to {name}")
    again = {
        "message_id": anna.say("/undo"),
        "date": 1_700_000_000,
        "chat": {"id": anna.user, "type": "private", "first_name": "Anna"},
        "from": {"id": anna.user, "is_bot": False, "first_name": "Anna"},
        "text": "/undo",
        "entities": [{"type": "bot_command", "offset": 0, "length": 5}],
    }
    anna.hears("1 photo moved from pear to melon")
    anna.send_raw({"message": again})
    anna.hears("That is undone already")
    anna.ask("/undo", "1 photo moved from pear to quince")


def test_a_dataset_is_exported_and_sent_again(anna: Person, boris: Person) -> None:
    basket = baskets.drawn(classes=3, photos=4)
    upload(anna, basket)
    anna.say("/export")
    done = anna.hears("“fruits” is saved: 12 photos, 1 file")
    assert not done.buttons
    (part,) = [message for message in anna.heard() if message.file_name]
    assert part.file_name == "fruits-1.zip"
    boris.send_file("fruits-1.zip", anna.fetch(part))
    boris.hears("12 photos", "3 classes", "apple 4, pear 4, plum 4")


def test_mislabelled_photos_are_looked_through_after_a_fit(anna: Person) -> None:
    upload(anna, mislabelled())
    train(anna, baskets.QUICK_FIT)
    offer = anna.hears("look", "mislabelled")
    assert "look alike" not in offer.text
    anna.press(offer, "Look through")
    asked = anna.hears("Labelled", "looks like", "Left to look at")
    assert asked.is_photo
    settled = settle(anna, asked, "Keep")
    anna.press(offer, "Look through")
    again = anna.hears("Labelled", "Left to look at")
    assert again.text == settled.text, "what was kept is not shown again"
    moved = settle(anna, again, "→ ")
    while "Left to look at" in moved.text:
        moved = settle(anna, moved, "Delete")
    assert "Train again" in moved.text
    anna.press(moved, "Undo")
    anna.hears("Undone in “fruits”: 1 photo")


def test_what_looks_mislabelled_is_said_while_teaching(anna: Person) -> None:
    for label, kind in (("apple", APPLE), ("pear", PEAR)):
        teach_photos(anna, label, kind, *range(10))
        anna.hears(f"{label} ▮▮▮▮▮▮▮▮▮▮ 10")
    assert not any("Look through" in button for button in anna.hears(CAN_ANSWER).buttons)
    teach_photos(anna, "apple", PEAR, 10)
    board = anna.hears(CAN_ANSWER, "1 photo looks mislabelled")
    anna.press(board, "Look through")
    asked = anna.hears("Labelled apple, looks like pear")
    assert "counts from the next photo" not in asked.text
    done = settle(anna, asked, "→ pear")
    assert "I answer by what you corrected" in done.text
    assert not any("Train" in button for button in done.buttons)
    anna.ask("/info pear", "11 photos")


def test_a_dataset_that_has_changed_is_searched_again_beside_the_handlers(anna: Person) -> None:
    upload(anna, mislabelled())
    train(anna, baskets.QUICK_FIT)
    offer = anna.hears("look", "mislabelled")
    anna.send_file("more.zip", baskets.zipped({"fig/1.jpg": baskets.noise(1)}))
    anna.press(anna.hears("more.zip"), "Add to")
    anna.hears("76 photos")
    anna.press(offer, "Look through")
    anna.hears("look mislabelled")
    anna.hears("Labelled", "Left to look at")
    beginning = anna.now()
    anna.press(offer, "Look through")
    anna.hears("Labelled", "Left to look at")
    assert len(anna.heard(beginning)) == 1, "it is remembered what was found"


def settle(person: Person, asked: Message, answer: str) -> Message:
    """Answers what is asked about a photo; returns what the message says then."""
    person.press(asked, answer)
    return person.sees(lambda message: message.id == asked.id and message.text != asked.text)


def mislabelled() -> Basket:
    """Drawn fruits, three of them in a wrong class."""
    basket = baskets.drawn(classes=3, photos=25)
    files = dict(basket.to_teach)
    for name, label in {
        "apple/03.jpg": "pear",
        "pear/05.jpg": "plum",
        "plum/07.jpg": "apple",
    }.items():
        files[f"{label}/wrong-{name[-6:]}"] = files.pop(name)
    return replace(basket, to_teach=files)


def test_classes_that_are_taken_for_each_other_are_merged(anna: Person) -> None:
    drawn = baskets.drawn(classes=2, photos=60)
    files = {
        name.replace("pear", "pears") if number % 2 else name: content
        for number, (name, content) in enumerate(drawn.to_teach.items())
    }
    upload(anna, replace(drawn, to_teach=files))
    report = train(anna, baskets.QUICK_FIT)
    offer = anna.hears("pear and pears look alike", "were taken for the other class")
    looks_at_the_mistakes(anna, report)
    anna.press(offer, "Merge")
    anna.hears("is now part of", "60 photos")
    mistakes = looks_at_the_list(anna, report)
    anna.press(mistakes, "pear")
    anna.hears("has changed since this model was trained")


def looks_at_the_list(anna: Person, report: Message) -> Message:
    anna.press(report, "What it got wrong")
    return anna.hears("mixed up")


def looks_at_the_mistakes(anna: Person, report: Message) -> None:
    mistakes = looks_at_the_list(anna, report)
    label = next(label for label in mistakes.buttons if "pear" in label)
    anna.press(mistakes, label)
    count = label.split(" · ")[1]
    cell = anna.hears("taken for", f"{count} photo")
    assert list(cell.buttons) == [str(n + 1) for n in range(int(count))]
    anna.press(cell, "1")
    photo = anna.hears("Photo of pear")
    assert photo.id != cell.id
    anna.press(photo, "Back")
    anna.hears("Tap a number")


def test_of_near_duplicates_one_is_kept(anna: Person) -> None:
    basket = baskets.drawn(classes=2, photos=3)
    first = basket.to_teach["apple/00.jpg"]
    files = {**basket.to_teach, "apple/same.jpg": first, "pear/same.jpg": first}
    upload(anna, replace(basket, to_teach=files))
    summary = anna.ask("/info", "8 photos, 2 classes")
    anna.press(summary, "Duplicates")
    group = anna.hears("Nearly the same, 1 of 1: 3 photos", "1 apple, 2 apple, 3 pear")
    anna.press(group, "2")
    kept = anna.hears("Deleted: 2 photos", "There are no duplicates")
    assert anna.press(summary, "Duplicates").text == "There are no duplicates."
    anna.press(kept, "Undo")
    anna.hears("2 photos deleted from apple, pear")


def test_the_question_for_a_name_ends_with_its_class(anna: Person) -> None:
    upload(anna, baskets.drawn(classes=3, photos=3))
    page = anna.ask("/samples apple", "Tap a number")
    anna.press(page, "Rename")
    anna.hears("What shall the class apple be called?")
    anna.press(page, "Delete the class")
    anna.press(anna.sees(lambda message: any("Yes" in b for b in message.buttons)), "Yes, delete")
    anna.hears("The class apple is deleted")
    anna.ask("quince", "no class “apple” any more")
    anna.ask("quince", "Send me a photo")
