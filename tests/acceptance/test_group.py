"""Two people and a group: who owns what, and when the bot answers.

A group takes 20 messages a minute from a bot, so this is one story, and it sends no more than that.
"""

from __future__ import annotations

from tests.acceptance import baskets
from tests.acceptance.people import Person
from tests.acceptance.steps import model_number, teach

PHOTO = baskets.drawn().taught[0]


def test_a_second_user_sees_nothing_of_the_first(anna: Person, boris: Person) -> None:
    report = teach(anna, baskets.drawn())
    number = model_number(report)
    boris.ask("/datasets", "No datasets yet")
    boris.ask("/info", "There is no dataset yet")
    boris.ask("/models", "No models of your own yet")
    for command in ("/model", "/use", "/remove", "/compare"):
        boris.ask(f"{command} {number}", "no model", number)
    boris.send_photos(PHOTO)
    boris.hears("So far I know fruit and vegetables")


def test_a_second_user_cannot_press_the_firsts_buttons(anna: Person, boris: Person) -> None:
    number = model_number(teach(anna, baskets.drawn()))
    own = boris.ask("/start", "Lukoshko")
    for action in ("use", "model", "model_charts", "model_file", "remove_yes"):
        assert "no such model" in boris.press_data(own, f"{action}:{number}:{boris.user}").text
        as_anna = boris.press_data(own, f"{action}:{number}:{anna.user}")
        assert "made for someone else" in as_anna.text
    anna.ask("/models", f"#{number}")


def test_datasets_of_others_are_out_of_reach(anna: Person, boris: Person) -> None:
    report = anna.ask("/start", "Lukoshko")
    anna.send_file("fruits.zip", baskets.drawn(classes=2, photos=5).zipped)
    summary = anna.sees(lambda message: "🎓 Train" in message.buttons)
    own = boris.ask("/start", "Lukoshko")
    for data in summary.buttons.values():
        action, dataset, _ = data.split(":")
        popup = boris.press_data(own, f"{action}:{dataset}:{boris.user}")
        assert "dataset is gone" in popup.text
    boris.press_data(own, f"dataset_delete_yes:{dataset}:{boris.user}")
    anna.ask("/datasets", "fruits")
    assert report.buttons


def test_a_group_of_two(anna: Person, boris: Person) -> None:
    number = model_number(teach(anna, baskets.drawn()))
    anna_there, boris_there = anna.in_group(), boris.in_group()
    asks_the_baseline(boris_there)
    boris_there.ask(f"/use {number}", "no model", number)
    anna_there.ask(f"/use@lukoshko_bot {number}", "answers here now")
    asks_about_photos(boris_there)
    hears_where_training_is(boris_there)
    question = anna_there.ask("/use", "Which model shall answer here?")
    assert "someone else" in boris_there.press(question, "fruits").text
    boris_there.ask("/unload", "No model answers here now")


def asks_the_baseline(boris: Person) -> None:
    boris.ask("/start", "Hi, everybody", "/predict@lukoshko_bot")
    boris.ask("/predict", "Reply to a photo with /predict@lukoshko_bot")
    boris.send_photos(PHOTO, caption="/predict")
    boris.hears("Here I know fruit and vegetables", "@lukoshko_bot")
    boris.ask("/unload", "No model answers here now")
    boris.send_photos(PHOTO, caption="/predict")
    boris.hears("No model is in use in this chat", "/use@lukoshko_bot")


def asks_about_photos(boris: Person) -> None:
    beginning = boris.now()
    photo = boris.send_photos(PHOTO)[0]
    boris.say("What a fine apple!")
    boris.say("/predict@another_bot", reply_to=photo)
    boris.say("/predict@lukoshko_bot", reply_to=photo)
    answer = boris.hears("%", "█")
    assert answer.answers == photo
    assert boris.heard(since=beginning) == [answer], "what is not addressed is not answered"
    captioned = boris.send_photos(PHOTO, caption="/predict@lukoshko_bot")[0]
    assert boris.hears("%", "█").answers == captioned
    album = boris.send_photos(PHOTO, PHOTO, PHOTO, caption="/predict@lukoshko_bot")
    assert boris.hears("3 photos", "1.", "2.", "3.").answers == album[0]
    replied = boris.send_photos(PHOTO, reply_to=answer.id)[0]
    assert boris.hears("%", "█").answers == replied


def hears_where_training_is(boris: Person) -> None:
    boris.ask("/fit", "stay private", "@lukoshko_bot")
    boris.send_file("fruits.zip", baskets.drawn().zipped, caption="/upload_dataset@lukoshko_bot")
    boris.hears("stay private")
