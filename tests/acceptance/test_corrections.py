"""Photos that are taught by taps: on the classes under an answer, on the class that a caption meant."""

from __future__ import annotations

from tests.acceptance.people import Person
from tests.factories import make_image

FIRST, SECOND, THIRD = "fig", "mango", "apple"


def lesson(person: Person, label: str, kind: int) -> None:
    person.send_photos(make_image(kind, 10 * kind), caption=label)
    person.sees(lambda message: f"{label} ▮ 1" in message.text and "⏳" not in message.text)


def test_a_button_means_the_class_that_it_names_though_another_one_was_taught_since(
    anna: Person,
) -> None:
    lesson(anna, FIRST, 0)
    lesson(anna, SECOND, 1)
    anna.send_photos(make_image(0, 99))
    answer = anna.sees(lambda message: SECOND in message.buttons)
    lesson(anna, THIRD, 2)
    anna.press(answer, SECOND)
    anna.hears(f"Learned: {SECOND}")


def test_a_question_arrives_though_telegram_fails_and_waits_for_its_answer(anna: Person) -> None:
    lesson(anna, THIRD, 0)
    anna.order_fault("sendMessage", 0, times=1)
    photo = anna.send_photos(make_image(0, 7), caption="aple")[0]
    question = anna.hears("Did you mean apple?")
    anna.edit_caption(photo, "Aple!")
    anna.ask("/help", "/teach")
    anna.press(question, THIRD)
    anna.hears(f"OK: {THIRD}")
    assert any(f"{THIRD} ▮▮ 2" in message.text for message in anna.heard())


def test_a_correction_of_a_dataset_that_was_deleted_meanwhile_is_refused_once(anna: Person) -> None:
    lesson(anna, FIRST, 0)
    lesson(anna, SECOND, 1)
    anna.send_photos(make_image(0, 99))
    answer = anna.sees(lambda message: SECOND in message.buttons)
    datasets = anna.ask("/datasets", "My things")
    anna.press(answer, "Other")
    other = anna.sees(lambda message: "New class" in str(message.buttons))
    anna.press(other, "New class")
    anna.hears("What is it called?")
    anna.press(datasets, "My things")
    anna.press(anna.hears("My things", "photos"), "Delete")
    anna.press(anna.hears("My things", "?"), "Yes, delete")
    anna.ask("kiwi", "there is nothing to correct")
    anna.ask("kiwi", "Everything I can do")


def test_among_the_classes_a_name_may_be_written_as_well(anna: Person) -> None:
    lesson(anna, FIRST, 0)
    lesson(anna, SECOND, 1)
    anna.send_photos(make_image(2, 99))
    answer = anna.sees(lambda message: "Other…" in message.buttons)
    anna.press(answer, "Other")
    anna.sees(lambda message: "New class" in str(message.buttons))
    anna.ask("What can I do here?", "Everything I can do")
    anna.ask("kiwi", "Learned: kiwi")
    anna.ask("melon", "Everything I can do")


def test_after_the_way_back_a_text_names_nothing(anna: Person) -> None:
    lesson(anna, FIRST, 0)
    lesson(anna, SECOND, 1)
    anna.send_photos(make_image(2, 99))
    answer = anna.sees(lambda message: "Other…" in message.buttons)
    anna.press(answer, "Other")
    classes = anna.sees(lambda message: "New class" in str(message.buttons))
    anna.press(classes, "Back")
    anna.sees(lambda message: message.id == answer.id and "Other…" in message.buttons)
    anna.ask("kiwi", "Everything I can do")


def test_in_a_lesson_a_forward_belongs_to_it_whatever_its_caption_says(anna: Person) -> None:
    anna.ask(f"/teach {FIRST}", f"Teaching {FIRST}")
    anna.forward_photo(make_image(0, 0), caption="Fresh from the market! More at our stall.")
    anna.hears(f"{FIRST} ▮ 1")
