"""A dataset is looked through and repaired in the chat, and all of it undone."""

from __future__ import annotations

from tests.acceptance import baskets
from tests.acceptance.people import Person
from tests.acceptance.steps import upload


def test_an_upload_is_undone_and_what_it_was_is_said(anna: Person) -> None:
    upload(anna, baskets.drawn(classes=2, photos=3))
    anna.ask("/undo", "nothing that can be taken back")
    more = {f"plum/{n}.jpg": baskets.noise(n) for n in range(2)}
    anna.send_file("more.zip", baskets.zipped(more))
    anna.press(anna.hears("more.zip"), "Add to")
    anna.hears("8 photos", "3 classes")
    anna.ask("/undo", "Undone in “fruits”: 2 photos added to plum")
    anna.ask("/datasets", "6 photos, 2 classes")
