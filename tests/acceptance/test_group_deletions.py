"""A model that a group uses is deleted: its owner is warned, and the group is told, whoever chose it there."""

from __future__ import annotations

from tests.acceptance.conftest import MakeGroup, Meet
from tests.acceptance.lessons import APPLE, PEAR, delete_dataset, named, photos, taught
from tests.acceptance.people import Message, Person
from tests.acceptance.process import BotProcess
from tests.acceptance.test_share import share, use
from tests.factories import make_image


def begin(olga: Person) -> None:
    """The group teaches a set of Olga's, which has a photo."""
    olga.in_group().ask("/teach_here", "This group teaches me now")
    olga.in_group().send_photos(make_image(APPLE, 0), caption="/teach apple")
    olga.in_group().hears("I know apple now")


def told_when_set_is_deleted(olga: Person) -> Message:
    """What her group hears, which another model answers or none."""
    delete_dataset(olga, "Lukoshko")
    told = olga.in_group().hears("The set that taught me here was deleted by its owner")
    assert "baseline" not in told.text
    return told


def test_a_model_that_its_owner_chose(bot: BotProcess, meet: Meet, make_group: MakeGroup) -> None:
    olga = meet(bot, group=make_group(bot))
    taught(olga)
    olga.in_group().ask("/use My things", "answers here now")
    question = olga.ask("/remove My things", "Used in 1 group: Lukoshko. I'll tell them.")
    olga.press(question, "Yes, delete")
    olga.in_group().hears("The model that answered here was deleted by its owner")


def test_a_model_that_somebody_chose_who_has_it_by_a_link(
    bot: BotProcess, meet: Meet, make_group: MakeGroup
) -> None:
    olga, boris = meet(bot), meet(bot, group=make_group(bot))
    taught(olga)
    use(boris, share(olga).to_use)
    boris.in_group().ask("/use My things", "answers here now")
    question = olga.ask("/remove My things", "1 person", "Used in 1 group: (not named)")
    assert "Lukoshko" not in question.text, "the group is not the owner's to know"
    olga.press(question, "Yes, delete")
    boris.in_group().hears("The model that answered here was deleted by its owner")


def test_a_set_whose_group_had_chosen_another_model(
    bot: BotProcess, meet: Meet, group: str, olga: Person
) -> None:
    boris = meet(bot, group=group)
    begin(olga)
    taught(boris)
    boris.in_group().ask("/use My things", "answers here now")
    told = told_when_set_is_deleted(olga)
    assert told.has("“My things” answers here, as before")


def test_a_set_whose_group_wants_no_answers(olga: Person) -> None:
    begin(olga)
    olga.in_group().ask("/unload", "No model answers here now")
    told = told_when_set_is_deleted(olga)
    assert told.has("No model answers here now")


def test_a_set_whose_model_a_group_uses_that_teaches_none(
    bot: BotProcess, meet: Meet, make_group: MakeGroup
) -> None:
    olga = meet(bot, group=make_group(bot))
    taught(olga)
    olga.in_group().ask("/use My things", "answers here now")
    delete_dataset(olga, "My things")
    olga.in_group().hears("The model that answered here was deleted by its owner")


def test_an_owner_leaves_a_group_that_had_chosen_another_model(
    bot: BotProcess, meet: Meet, make_group: MakeGroup
) -> None:
    group = make_group(bot)
    olga, boris = named(meet(bot, group=group), "Olga"), meet(bot, group=group)
    begin(olga)
    taught(boris)
    boris.in_group().ask("/use My things", "answers here now")
    chat = {"id": int(group), "type": "supergroup", "title": "Lukoshko"}
    gone = {"id": olga.user, "is_bot": False, "first_name": "Olga"}
    head = {"message_id": 9000, "date": 1_700_000_000, "chat": chat, "from": gone}
    olga.in_group().send_raw({"message": head | {"left_chat_member": gone}})
    told = boris.in_group().hears("Olga left, and the set that this group taught goes along")
    assert told.has("“My things” answers here, as before")


def test_a_set_for_which_photos_wait(bot: BotProcess, meet: Meet, make_group: MakeGroup) -> None:
    """Whoever deletes it is warned; who sent them hears of it, and nothing asks about them any more."""
    group = make_group(bot)
    olga, anna = (named(meet(bot, group=group), name) for name in ("Olga", "Anna"))
    begin(olga)
    album = anna.in_group().send_photos(*photos(PEAR, 0, 1), caption="/teach pear")
    asked = olga.hears("Anna", "2 photos", "pear")
    assert anna.in_group().sees_reaction(album[0]) == "👀"
    assert delete_dataset(olga, "Lukoshko").has("Waiting for your decision: 2 photos")
    olga.sees(lambda one: one.id == asked.id and one.has("The set is deleted") and not one.buttons)
    anna.hears("Group “Lukoshko”", "pear was not added: 2 photos", "has deleted the set")
    assert anna.in_group().sees_reaction(album[0], "None")
    assert "their set or sender is gone" in olga.press(asked, "Add").text


def test_an_account_for_whose_set_photos_wait(
    bot: BotProcess, meet: Meet, make_group: MakeGroup
) -> None:
    group = make_group(bot)
    olga, anna = (named(meet(bot, group=group), name) for name in ("Olga", "Anna"))
    begin(olga)
    sent = anna.in_group().send_photos(make_image(PEAR, 0), caption="/teach pear")[0]
    olga.hears("Anna", "1 photo", "pear")
    question = olga.ask("/delete_my_data", "Waiting for your decision: 1 photo")
    olga.press(question, "delete everything")
    anna.hears("Group “Lukoshko”", "pear was not added: 1 photo", "has deleted the set")
    assert anna.in_group().sees_reaction(sent, "None")
