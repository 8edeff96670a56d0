"""A model that a group uses is deleted: its owner is warned, and the group is told, whoever chose it there."""

from __future__ import annotations

from tests.acceptance.conftest import MakeGroup, Meet
from tests.acceptance.lessons import taught
from tests.acceptance.process import BotProcess
from tests.acceptance.test_share import share, use


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
