"""A sender's photos are taught and answered in the order in which they were sent."""

from __future__ import annotations

from tests.acceptance.lessons import APPLE, PEAR, counts, photos, taught, teach
from tests.acceptance.people import Person
from tests.factories import make_image


def test_a_photo_right_after_an_album_is_answered_after_it(anna: Person) -> None:
    taught(anna)
    anna.ask("/help", "/teach")  # an album right after a lesson would belong to it
    beginning = anna.now()
    album = anna.send_photos(*photos(APPLE, 7, 8, 9))
    photo = anna.send_photos(make_image(PEAR, 7))
    anna.sees(lambda message: message.answers == photo[0])
    answers = [one.answers for one in anna.heard(beginning) if one.answers]
    assert answers == [album[0], photo[0]]


def test_of_two_names_of_a_photo_the_last_one_counts(anna: Person) -> None:
    teach(anna, "apple", APPLE, 0, 1)
    teach(anna, "pear", APPLE, 0)
    anna.sees(lambda message: counts(message) == {"apple": 1, "pear": 1})


def test_an_ask_right_after_an_album_is_answered_by_what_that_taught(anna: Person) -> None:
    teach(anna, "fig", APPLE, 0)
    teach(anna, "quince", PEAR, 0, 1)
    photo = anna.send_photos(make_image(PEAR, 7))
    answer = anna.sees(lambda message: message.answers == photo[0])
    assert {"fig", "quince"} & answer.buttons.keys()


def test_a_caption_that_is_edited_while_its_album_is_gathered_counts(anna: Person) -> None:
    first = teach(anna, "aple", APPLE, 0, 1, 2)
    anna.edit_caption(first, "apple")
    anna.sees(lambda message: counts(message) == {"apple": 3})
