"""A model that a group uses is deleted: its owner is warned, and the group is told, whoever chose it there."""

from __future__ import annotations

from tests.acceptance.conftest import MakeGroup, Meet
from tests.acceptance.lessons import APPLE, delete_dataset, named, taught
from tests.acceptance.people import Person
from tests.acceptance.process import BotProcess
from tests.acceptance.test_share import share, use
from tests.factories import make_image


def begin(olga: Person) -> None:
    """The group teaches a set of Olga's, which has a photo."""
    olga.in_group().ask("/teach_here", "This group teaches me now")
    olga.in_group().send_photos(make_image(APPLE, 0), caption="/teach apple")
    olga.in_group().hears("I know apple now")


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
    bot: BotProcess, meet: Meet, make_group: MakeGroup
) -> None:
    group = make_group(bot)
    olga, boris = named(meet(bot, group=group), "Olga"), meet(bot, group=group)
    begin(olga)
    taught(boris)
    boris.in_group().ask("/use My things", "answers here now")
    delete_dataset(olga, "Lukoshko")
    told = olga.in_group().hears("The set that taught me here was deleted by its owner")
    assert told.has("“My things” answers here, as before")
    assert "baseline" not in told.text


def test_a_set_whose_group_wants_no_answers(
    bot: BotProcess, meet: Meet, make_group: MakeGroup
) -> None:
    olga = named(meet(bot, group=make_group(bot)), "Olga")
    begin(olga)
    olga.in_group().ask("/unload", "No model answers here now")
    delete_dataset(olga, "Lukoshko")
    told = olga.in_group().hears("The set that taught me here was deleted by its owner")
    assert told.has("No model answers here now")
    assert "baseline" not in told.text


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
