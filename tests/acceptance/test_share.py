"""Two people and a link: one shares a model, the other uses it, or takes a copy."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest

from tests.acceptance import baskets
from tests.acceptance.conftest import MakeGroup, Meet
from tests.acceptance.lessons import APPLE, PEAR, PLUM, photos, taught, teach
from tests.acceptance.people import Message, Person
from tests.acceptance.process import BotProcess
from tests.acceptance.steps import train, upload
from tests.factories import make_image

LINK = re.compile(r"https://t\.me/(\w+)\?start=(m_[A-Za-z0-9_-]{22})")
UNSHARED = "“My things” is not shared any more. The baseline answers here again"
GONE = "This link does not work any more"
ANSWERS = "“My things” answers here now"


@dataclass
class Links:
    """The owner's two messages, with what opens each link."""

    use: Message
    copy: Message

    @property
    def to_use(self) -> str:
        return start_of(self.use)

    @property
    def to_copy(self) -> str:
        return start_of(self.copy)


def start_of(message: Message) -> str:
    """What Telegram sends when somebody opens the link of a message, which its button copies."""
    found = LINK.search(message.text)
    assert found, message.text
    assert message.copied == [found[0]]
    return f"/start {found[2]}"


def share(owner: Person, name: str = "") -> Links:
    owner.say(f"/share {name}".strip())
    return Links(owner.hears("Link to use"), owner.hears("Link to copy"))


def use(person: Person, start: str) -> Message:
    """Opens a link and uses its model; returns the message that the link showed."""
    card = person.ask(start, "Somebody shares this model with you")
    person.press(card, "Use here")
    person.hears(ANSWERS)
    return card


def answer_of(person: Person, kind: int, number: int = 9) -> Message:
    person.send_photos(make_image(kind, number))
    return person.sees(lambda message: "Why?" in " ".join(message.buttons))


def wait_for_copy(bot: BotProcess) -> None:
    """Returns when a copy is stored."""
    deadline = time.monotonic() + 60
    while True:
        with closing(bot.open_database()) as database:
            if database.execute("SELECT 1 FROM models WHERE copied_for IS NOT NULL").fetchone():
                return
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture
def links(anna: Person) -> Links:
    taught(anna)
    return share(anna)


def test_a_link_shows_a_card_and_its_model_answers_until_it_is_revoked(
    anna: Person, boris: Person, links: Links
) -> None:
    card = use(boris, links.to_use)
    assert "Knows 2 classes: apple, pear" in card.text
    assert list(card.buttons) == ["✅ Use here"]
    assert "pear" in answer_of(boris, PEAR).text

    teach(anna, "plum", PLUM, 0, 1, 2)
    anna.hears("plum ▮")
    assert "plum" in answer_of(boris, PLUM, 0).text, "what the owner teaches counts at once"
    assert "People who use it: 1" in share(anna).use.text

    anna.press(share(anna).use, "Revoke")
    assert "There is no link now" in anna.hears("Link to use").text
    boris.hears(UNSHARED)
    answer_of(boris, PEAR)
    assert not any("not shared" in message.text for message in boris.heard()), "it is said once"
    boris.ask(links.to_use, GONE)
    assert boris.press(card, "Use here").text.startswith(GONE)
    assert "My things" not in boris.ask("/models", "baseline").text


def test_a_copy_survives_the_revocation_and_its_owner(
    anna: Person, boris: Person, links: Links
) -> None:
    card = boris.ask(links.to_copy, "Somebody shares this model with you")
    boris.press_twice(card, "Copy to mine")
    copied = boris.hears("“My things” is yours now")
    assert "Copies taken: 1" in share(anna).copy.text, "two taps make one copy"
    boris.press(card, "Use here")
    boris.hears(ANSWERS)
    anna.press(share(anna).copy, "Revoke")
    anna.hears("copies that were taken are still there")
    boris.hears(UNSHARED)

    boris.press(copied, "Use it")
    boris.hears(ANSWERS)
    anna.press(anna.ask("/delete_my_data", "Delete everything"), "Yes, delete")
    anna.hears("I keep nothing about you")
    assert "pear" in answer_of(boris, PEAR).text
    shown = boris.ask("/model", "Your copy of a model that was shared with you")
    assert "My things" not in shown.text.replace("<b>My things</b>", "").split("\n", 1)[1]
    boris.press(shown, "Take away")
    boris.press(boris.sees(lambda message: any("ONNX" in one for one in message.buttons)), "ONNX")
    assert boris.fetch(boris.sees(lambda message: message.file_name is not None)).startswith(
        b"\x08"
    )
    again = boris.press(card, "Copy to mine")
    assert (again.text, again.is_alert) == (
        "You have this copy already: “My things” in /models.",
        True,
    )


def test_use_here_works_once_however_often_it_is_pressed(boris: Person, links: Links) -> None:
    card = boris.ask(links.to_use, "Somebody shares this model with you")
    beginning = boris.now()
    popups = [boris.press(card, "Use here").text for _ in range(3)]
    assert popups == ["", *2 * ["“My things” answers here already."]]
    said = [message for message in boris.heard(beginning) if ANSWERS in message.text]
    assert len(said) == 1


def test_a_name_for_an_answer_of_a_model_that_is_shared_no_more(
    anna: Person, boris: Person, links: Links
) -> None:
    use(boris, links.to_use)
    boris.press(answer_of(boris, PEAR), "Other…")
    anna.press(links.use, "Revoke")
    boris.hears(UNSHARED)
    boris.ask("banana", "not shared with you any more", "there is nothing to correct")


def test_a_new_link_takes_the_place_of_the_old_one_and_nobody_loses_the_model(
    anna: Person, boris: Person, links: Links, meet: Meet, bot: BotProcess
) -> None:
    use(boris, links.to_use)
    assert "The old one does not work any more" in anna.press(links.use, "New link").text
    renewed = anna.hears("Link to use")
    assert "People who use it: 1" in renewed.text
    assert start_of(renewed) != links.to_use
    assert "pear" in answer_of(boris, PEAR).text
    clara = meet(bot)
    clara.ask(links.to_use, GONE)
    use(clara, start_of(renewed))
    # A button of the message as it was before does nothing to the newer link.
    anna.press_data(renewed, links.use.buttons["🚫 Revoke"])
    assert start_of(share(anna).use) == start_of(renewed)


def test_links_that_were_revoked_stay_so(anna: Person, links: Links) -> None:
    for link, title in ((links.use, "Link to use"), (links.copy, "Link to copy")):
        anna.press(link, "Revoke")
        anna.hears(title, "There is no link now")
    anna.press(anna.ask("/model", "My things"), "Share")
    assert "There is no link now" in anna.hears("Link to use").text
    none = anna.hears("Link to copy")
    assert "There is no link now" in none.text
    anna.press(none, "New link")
    start_of(anna.hears("Link to copy", "https://"))


def test_a_borrowed_model_stands_last_and_is_put_away(boris: Person, links: Links) -> None:
    taught(boris)
    use(boris, links.to_use)
    listed = boris.ask("/models", "shared with you")
    assert "Your models (1)" in listed.text
    assert [name for name in listed.buttons if "things" in name] == ["My things", "🔗 My things"]
    assert "shared" not in boris.ask("/model my things", "My things").text, "one's own come first"
    boris.press(listed, "🔗 My things")
    card = boris.hears("Somebody shares this model with you", "It answers in this chat")
    assert set(card.buttons) == {"📥 Put away"}, "it is used already"
    opened = boris.ask(links.to_copy, "It answers in this chat")
    assert list(opened.buttons) == ["📄 Copy to mine"]
    boris.press(card, "Put away")
    boris.hears("not among your models any more; the baseline answers here again")
    assert "shared" not in boris.ask("/models", "My things").text
    assert "✅ Use it" in boris.ask("/model my things", "Your own model").buttons
    boris.ask("/use my things", "answers here now")
    used = boris.ask("/model my things", "It answers in this chat")
    assert "✅ Use it" not in used.buttons
    answer_of(boris, PEAR)
    assert not any("ℹ️" in message.text for message in boris.heard())
    use(boris, links.to_use)


def test_a_borrowed_model_answers_in_a_group_until_it_is_revoked(
    bot: BotProcess, meet: Meet, make_group: MakeGroup
) -> None:
    anna, boris = meet(bot), meet(bot, group=make_group(bot))
    taught(anna)
    links = share(anna)
    use(boris, links.to_use)
    in_group = boris.in_group()
    in_group.ask("/use My things", ANSWERS)
    in_group.send_photos(make_image(PEAR, 9), caption="/predict")
    assert "pear" in in_group.sees(lambda message: "Why?" in " ".join(message.buttons)).text
    anna.press(links.use, "Revoke")
    in_group.hears(UNSHARED)
    in_group.send_photos(make_image(PEAR, 9), caption="/predict")
    in_group.sees(lambda message: "Why?" in " ".join(message.buttons))
    assert not any("not shared" in message.text for message in in_group.heard()), "it is said once"
    in_group.ask("/use My things", "There is no model “My things”")


def test_what_a_link_can_not_do_is_said_in_one_sentence(
    anna: Person, boris: Person, links: Links
) -> None:
    anna.ask(links.to_use, "This is the link to your own model “My things”")
    anna.ask("/share baseline", "Everybody has the baseline already")
    boris.ask("/share", "No models of your own yet")
    boris.ask("/share My things", "There is no model “My things”")
    boris.ask("/start m_short", "This link is not complete")
    boris.ask(f"/start m_{'x' * 22}", GONE)
    boris.ask("/start something", "Lukoshko")
    token = links.to_use.split("m_")[1]
    card = boris.ask(links.to_use, "Somebody shares")
    forbidden = boris.press_data(card, f"link_copy:{token}:{boris.user}")
    assert "lets you use the model, not copy it" in forbidden.text
    anna.press(anna.ask("/remove My things", "Delete"), "Yes, delete")
    anna.hears("is deleted")
    boris.ask(links.to_use, GONE)


def test_a_deleted_model_is_told_to_those_who_use_it(
    anna: Person, boris: Person, links: Links
) -> None:
    use(boris, links.to_use)
    asked = anna.ask("/remove My things", "⚠️ 1 person uses the model by your link and loses it.")
    anna.press(asked, "Yes, delete")
    boris.hears("The model “My things” is deleted. The baseline answers here again")


def test_a_model_that_is_deleted_with_its_dataset_is_told_to_those_who_use_it(
    anna: Person, boris: Person, links: Links
) -> None:
    use(boris, links.to_use)
    anna.press(anna.ask("/datasets", "My things"), "My things")
    anna.press(anna.sees(lambda message: "🗑 Delete" in message.buttons), "Delete")
    asked = anna.hears("Delete the dataset", "⚠️ 1 person uses the model by your link and loses it.")
    anna.press(asked, "Yes, delete")
    boris.hears("The model “My things” is deleted. The baseline answers here again")


def test_who_has_the_model_by_another_link_is_told_nothing(
    anna: Person, boris: Person, links: Links
) -> None:
    use(boris, links.to_use)
    boris.ask("/use baseline", "answers here now")
    use(boris, links.to_copy)
    anna.press(links.use, "Revoke")
    anna.hears("There is no link now")
    assert "pear" in answer_of(boris, PEAR).text
    assert not any("not shared" in message.text for message in boris.heard())
    # The button of a link that was replaced ends nothing.
    anna.press(links.copy, "New link")
    anna.hears("Link to copy")
    anna.press_data(links.copy, links.copy.buttons["🚫 Revoke"])
    assert "pear" in answer_of(boris, PEAR).text
    assert not any("not shared" in message.text for message in boris.heard())


def test_a_deleted_owner_is_not_named_to_those_who_used_the_model(
    anna: Person, boris: Person, links: Links
) -> None:
    use(boris, links.to_use)
    asked = anna.ask(
        "/delete_my_data", "those who use them by your links lose them, too (1 person)"
    )
    anna.press(asked, "Yes, delete")
    anna.hears("I keep nothing about you")
    gone = boris.hears("The model that answered here is gone", "The baseline answers here again")
    assert "My things" not in gone.text
    boris.ask(links.to_use, GONE)


def test_a_correction_of_a_shared_model_is_a_suggestion_to_its_owner(
    anna: Person, boris: Person, links: Links
) -> None:
    use(boris, links.to_use)
    answer = answer_of(boris, PEAR)
    beginning = anna.now()
    boris.press(answer, "Other…")
    classes = boris.sees(lambda message: "apple" in message.buttons)
    assert "None of these" not in " ".join(classes.buttons)
    boris.press(classes, "apple")
    boris.hears("The owner of the model gets your photo as “apple”")
    asked = next(m for m in anna.heard(beginning) if "suggests 1 photo for apple" in m.text)
    assert "3" in anna.ask("/info apple", "apple").text
    anna.press(asked, "Add")
    anna.hears("apple")
    boris.hears("What you suggested for apple was added by the owner: 1 photo")
    assert "4" in anna.ask("/info apple", "apple").text
    assert "apple" in answer_of(boris, PEAR).text, "the model has learned it"
    assert boris.ask("/datasets", "No datasets").text, "nothing of it is his"


def test_nobody_is_promised_that_a_fixed_model_or_a_copy_learns(
    anna: Person, boris: Person, meet: Meet, bot: BotProcess
) -> None:
    fruits = baskets.drawn(photos=6)
    upload(anna, fruits)
    train(anna, baskets.QUICK_FIT)
    links = share(anna, "fruits 1")
    assert "a new /fit makes a new model of it" in links.use.text
    assert "learns nothing more" not in links.copy.text
    card = boris.ask(links.to_copy, "It stays as it is now", "whose answers you correct")
    assert "learns nothing more" not in card.text
    boris.press(card, "Use here")
    boris.hears("answers here now")
    boris.send_photos(fruits.unseen[0])
    answer = boris.sees(lambda message: "Other…" in message.buttons)
    boris.press(answer, next(name for name in answer.buttons if name in fruits.classes))
    boris.hears("whether it comes into the dataset. This model stays as it is")

    boris.press(card, "Copy to mine")
    boris.hears("is yours now")
    copied = share(boris, "fruits 1")
    assert "The model stays as it is. Revoke" in copied.use.text
    opened = meet(bot).ask(copied.to_use, "It stays as it is now")
    assert "pass on" not in opened.text


def test_a_new_class_is_suggested_by_its_name(anna: Person, boris: Person, links: Links) -> None:
    use(boris, links.to_use)
    answer = answer_of(boris, PLUM)
    boris.press(answer, "Other…")
    boris.press(boris.sees(lambda message: "New class" in " ".join(message.buttons)), "New class")
    boris.hears("name")
    beginning = anna.now()
    boris.say("plum")
    boris.hears("The owner of the model gets your photo as “plum”")
    asked = next(m for m in anna.heard(beginning) if "suggests 1 photo for plum" in m.text)
    anna.press(asked, "Refuse")
    anna.hears("plum")
    boris.hears("What you suggested for plum was not added by the owner: 1 photo")
    assert "plum" not in anna.ask("/info", "photos").text


def test_a_photo_that_is_corrected_again_waits_under_the_new_name_alone(
    anna: Person, boris: Person, links: Links
) -> None:
    use(boris, links.to_use)
    beginning = anna.now()
    for label in ("plum", "prune"):
        boris.press(answer_of(boris, PLUM), "Other…")
        boris.sees(lambda message: "New class" in " ".join(message.buttons))
        boris.ask(label, f"The owner of the model gets your photo as “{label}”")
    said = [message.text for message in anna.heard(beginning)]
    assert any("has changed plum to prune" in text for text in said)
    assert any("suggests 1 photo for prune" in text for text in said)


def test_which_model_is_shared_is_asked_by_buttons_where_there_are_several(anna: Person) -> None:
    upload(anna, baskets.drawn(classes=2, photos=6))
    train(anna, "/fit name=first features=hog")
    start_of(anna.ask("/share", "Link to use “first”"))
    train(anna, "/fit name=second features=hog")
    which = anna.ask("/share", "Which model do you want to share?")
    assert list(which.buttons) == ["second", "first"]
    anna.press(which, "second")
    start_of(anna.hears("Link to use “second”"))


def test_a_russian_reads_of_it_in_russian(bot: BotProcess, meet: Meet, links: Links) -> None:
    vera = meet(bot, "ru")
    card = vera.ask(links.to_copy, "Этой моделью с вами поделились", "Знает 2 класса: apple, pear")
    vera.press(card, "Скопировать себе")
    vera.hears("Модель «My things», какая она сегодня, теперь ваша")
    vera.press(card, "Использовать здесь")
    vera.hears("«My things»")
    assert "с вами поделились" in vera.ask("/models", "My things").text


@pytest.fixture(scope="module")
def asking_bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BotProcess]:
    """A bot that asks before it keeps a photo, with room for one model each."""
    bot = BotProcess(tmp_path_factory.mktemp("asking"), CONSENT="ask", MAX_MODELS="1")
    bot.start()
    yield bot
    bot.stop()
    assert "Traceback" not in bot.log, bot.log


def test_a_new_person_is_asked_nothing_before_the_link_and_a_full_quota_is_said(
    asking_bot: BotProcess, meet: Meet
) -> None:
    anna, boris = meet(asking_bot), meet(asking_bot)
    anna.send_photos(*photos(APPLE, 0, 1, 2), caption="apple")
    anna.press(anna.hears("may I?"), "✓ Keep my photos")
    anna.hears("One more class")
    teach(anna, "pear", PEAR, 0, 1, 2)
    anna.hears("I can answer now")
    links = share(anna)
    card = boris.ask(links.to_copy, "Somebody shares this model with you")
    boris.press(card, "Copy to mine")
    boris.hears("is yours now")
    again = boris.ask(links.to_copy, "Somebody shares this model with you")
    assert "1" in boris.press(again, "Copy to mine").text
    use(boris, links.to_use)
    assert not any("may I?" in message.text for message in boris.heard(0))


def test_a_kill_between_the_copy_and_its_message_makes_no_second_copy(
    own_bot: BotProcess, meet: Meet
) -> None:
    anna, boris = meet(own_bot), meet(own_bot)
    taught(anna)
    links = share(anna)
    card = boris.ask(links.to_copy, "Somebody shares this model with you")
    boris.order_fault("sendMessage", 500, description="Internal Server Error", times=1_000)
    boris.press_unanswered(card, "Copy to mine")
    wait_for_copy(own_bot)
    own_bot.crash_and_restart()
    boris.hears("“My things” is yours now")
    assert "Copies taken: 1" in share(anna).copy.text
    assert "Your models (1)" in boris.ask("/models", "Your models").text


def numbers_in(rows: list[dict[str, object]]) -> set[object]:
    return {value for row in rows for value in row.values() if isinstance(value, int)}


def test_links_are_in_the_owners_record_without_what_opens_them(
    anna: Person, boris: Person, links: Links
) -> None:
    use(boris, links.to_use)
    records = []
    for person in (anna, boris):
        person.say("/export_my_data")
        file = person.sees(lambda message: message.file_name == "lukoshko.json")
        records.append(person.fetch(file).decode())
    token = links.to_use.split("m_")[1]
    assert '"people": 1' in records[0]
    assert token not in records[0]
    rows = [json.loads(record) for record in records]
    assert boris.user not in numbers_in(rows[0]["links"])
    assert rows[1]["borrowed"]
    assert anna.user not in numbers_in(rows[1]["borrowed"])
