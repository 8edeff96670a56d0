"""A group begins to teach a set, or another one: what it is told, and what answers from then on."""

from __future__ import annotations

import pytest

from tests.acceptance.conftest import Meet
from tests.acceptance.lessons import APPLE, PEAR, begin, named, photos, taught
from tests.acceptance.people import Person
from tests.acceptance.process import BotProcess
from tests.factories import make_image


@pytest.fixture
def anna(bot: BotProcess, meet: Meet, group: str) -> Person:
    return named(meet(bot, group=group), "Anna")


def test_a_name_that_no_set_has_begins_an_empty_one(olga: Person) -> None:
    group = olga.in_group()
    begin(olga)
    said = group.ask("/teach_here Lukosko", "“Lukosko” belongs to Olga")
    assert said.has("Olga had no set “Lukosko”, so I began an empty one")
    assert said.has("It takes the place of “Lukoshko”", "/teach_here Lukoshko brings that back")
    assert said.has("I answer once there are two classes")
    back = group.ask("/teach_here lukoshko", "“Lukoshko” belongs to Olga", "place of “Lukosko”")
    assert "empty" not in back.text


def test_an_empty_set_can_be_deleted(olga: Person) -> None:
    begin(olga)
    olga.in_group().ask("/teach_here Lukosko", "“Lukosko” belongs to Olga")
    olga.press(olga.ask("/datasets", "Your datasets"), "Lukosko")
    card = olga.hears("There are no photos in “Lukosko” yet")
    assert [label.split()[-1] for label in card.buttons] == ["Rename", "Delete", "Back"]
    olga.press(card, "Delete")
    olga.press(olga.hears("Delete the dataset"), "Yes")
    olga.hears("Lukosko", "deleted")
    assert "Lukosko " not in olga.ask("/datasets", "Your datasets").text


def test_a_set_that_can_answer_is_said_to(olga: Person) -> None:
    group = olga.in_group()
    begin(olga)
    group.send_photos(*photos(APPLE, 0, 1, 2), caption="/teach apple")
    group.hears("I know apple now")
    group.send_photos(*photos(PEAR, 0, 1, 2), caption="/teach pear")
    group.hears("enough to answer here")
    again = group.ask(
        "/teach_here lukoshko", "belongs to Olga", "The set's model answers here now."
    )
    assert "two classes" not in again.text
    assert "place of" not in again.text
    empty = group.ask("/teach_here Beta", "“Beta” belongs to Olga", "It takes the place")
    assert empty.has("two classes; until then “Lukoshko” does")
    back = group.ask("/teach_here Lukoshko", "“Lukoshko” belongs to Olga", "place of “Beta”")
    assert back.has("The set's model answers here now.")


def test_a_set_that_answers_instead_of_a_chosen_model(
    olga: Person, bot: BotProcess, meet: Meet, group: str
) -> None:
    boris = meet(bot, group=group)
    taught(boris)
    taught(olga)
    boris.in_group().ask("/use My things", "answers here now")
    said = olga.in_group().ask("/teach_here my things", "“My things” belongs to Olga")
    assert said.has("The set's model answers here now, instead of “My things”")


def test_a_set_that_is_begun_after_unload_answers_as_soon_as_it_can(olga: Person) -> None:
    group = olga.in_group()
    group.ask("/unload", "switched it off")
    begin(olga)
    group.send_photos(*photos(APPLE, 0, 1), caption="/teach apple")
    group.hears("I know apple now")
    group.send_photos(*photos(PEAR, 0, 1), caption="/teach pear")
    group.hears("enough to answer here", "apple, pear")
    group.ask("/unload", "switched it off")
    group.ask("/teach_here Beta", "“Beta” belongs to Olga")
    group.send_photos(*photos(APPLE, 0, 1), caption="/teach apple")
    group.hears("I know apple now")
    group.send_photos(*photos(PEAR, 0, 1), caption="/teach pear")
    group.hears("enough to answer here", "apple, pear")


def test_photos_for_a_set_that_was_replaced_teach_the_new_one_nothing(
    olga: Person, anna: Person
) -> None:
    group, helper = olga.in_group(), anna.in_group()
    group.ask("/teach_here Alpha", "“Alpha” belongs to Olga")
    sent = helper.send_photos(make_image(APPLE, 0), caption="/teach apple")[0]
    asked = olga.hears("1 photo", "apple", "Alpha")
    group.ask("/teach_here Beta", "“Beta” belongs to Olga")
    group.send_photos(make_image(PEAR, 0), caption="/teach pear")
    group.hears("I know pear now")
    since = group.now()
    olga.press(asked, "Add")
    olga.hears("Added to apple")
    assert helper.sees_reaction(sent, "👌")
    group.ask("/classes", "Beta", "1 class, 1 photo")
    assert not [one.text for one in group.heard(since) if one.has("I know")]
