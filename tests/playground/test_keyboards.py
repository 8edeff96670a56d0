"""Reply keyboards: what people see beside a message, and what Telegram would refuse."""

from __future__ import annotations

from typing import Any

import pytest
from telegram import Bot, ForceReply, KeyboardButton, ReplyKeyboardMarkup, ReplyKeyboardRemove
from telegram.error import BadRequest

from tests.playground.people import TOKEN, Person, picture

CLASSES = ReplyKeyboardMarkup(
    [["🍎 apple 12", "🍐 pear 5"], [KeyboardButton("✅ Done")]],
    resize_keyboard=True,
    is_persistent=True,
    input_field_placeholder="A photo of an apple",
)
SHOWN = {
    "keyboard": [[{"text": "🍎 apple 12"}, {"text": "🍐 pear 5"}], [{"text": "✅ Done"}]],
    "resize_keyboard": True,
    "is_persistent": True,
    "input_field_placeholder": "A photo of an apple",
}


async def last_keyboard(person: Person) -> Any:
    return (await person.events())["events"][-1].get("reply_keyboard")


async def test_a_keyboard_stands_beside_its_message(bot: Bot, anna: Person) -> None:
    await anna.say("/teach")
    sent = await bot.send_message(1, "Send photos", reply_markup=CLASSES)
    assert sent.reply_markup is None
    happened = (await anna.events())["events"][-1]
    assert "reply_markup" not in happened["message"]
    assert happened["reply_keyboard"] == SHOWN
    assert (await anna.history())["reply_keyboard"] == {"message_id": sent.message_id} | SHOWN


async def test_it_stays_until_another_comes_or_it_is_removed(bot: Bot, anna: Person) -> None:
    await anna.say("/teach")
    await bot.send_message(1, "Send photos", reply_markup=CLASSES)
    await bot.send_message(1, "Learned")
    assert (await anna.history())["reply_keyboard"]["keyboard"] == SHOWN["keyboard"]
    yes = ReplyKeyboardMarkup([["Yes"]], one_time_keyboard=True)
    await bot.send_photo(1, picture(), reply_markup=yes)
    assert await last_keyboard(anna) == {"keyboard": [[{"text": "Yes"}]], "one_time_keyboard": True}
    await bot.send_document(1, b"done", reply_markup=ReplyKeyboardRemove())
    assert await last_keyboard(anna) == {"remove_keyboard": True}
    assert (await anna.history())["reply_keyboard"] is None


async def test_it_goes_with_its_message(bot: Bot, anna: Person) -> None:
    await anna.say("/teach")
    sent = await bot.send_message(1, "Send photos", reply_markup=CLASSES)
    await sent.delete()
    assert (await anna.history())["reply_keyboard"] is None


async def test_a_reply_can_be_forced(bot: Bot, anna: Person) -> None:
    await anna.say("/teach")
    name = ForceReply(input_field_placeholder="mango")
    await bot.send_message(1, "Its name?", reply_markup=name)
    assert await last_keyboard(anna) == {"force_reply": True, "input_field_placeholder": "mango"}


async def test_a_selective_keyboard_is_for_who_is_answered(
    bot: Bot, boris_in_group: Person
) -> None:
    question = await boris_in_group.say("/teach")
    clara = Person(boris_in_group.address, user=3, chat="group")
    answer = ReplyKeyboardMarkup([["Done"]], selective=True)
    await bot.send_message(-1001, "Photos", reply_markup=answer, reply_to_message_id=question)
    assert (await last_keyboard(boris_in_group))["keyboard"] == [[{"text": "Done"}]]
    assert await last_keyboard(clara) is None
    assert (await clara.history())["reply_keyboard"] is None
    await bot.send_message(-1001, "For all", reply_markup=CLASSES)
    assert await last_keyboard(clara) == SHOWN
    await clara.http.aclose()


async def test_too_many_buttons_are_cut_and_empty_ones_left_out(bot: Bot, anna: Person) -> None:
    await anna.say("/teach")
    many = [[str(number) for number in range(14)]] * 30
    await bot.send_message(1, "x", reply_markup=ReplyKeyboardMarkup([["", "one"], [""], *many]))
    rows = (await last_keyboard(anna))["keyboard"]
    assert rows[0] == [{"text": "one"}]
    assert [len(row) for row in rows[1:]] == [12] * 24 + [11]
    await bot.send_message(1, "x", reply_markup=ReplyKeyboardMarkup([[""]]))
    assert await last_keyboard(anna) is None


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ({"keyboard": "x"}, 'field "keyboard" of the ReplyKeyboardMarkup must be an Array'),
        ({"keyboard": ["x"]}, 'field "keyboard" of the ReplyKeyboardMarkup must be an Array of Arrays'),
        ({"keyboard": [[5]]}, "can't parse keyboard button: KeyboardButton must be a String or an Object"),
        ({"keyboard": [[{}]]}, "can't parse keyboard button: Can't find field \"text\""),
        ({"keyboard": [[{"text": 5}]]}, "can't parse keyboard button: Field \"text\" must be of type String"),
        (
            {"keyboard": [[{"text": "x", "request_contact": True}]]},
            "can't parse keyboard button: the playground knows buttons that send their text only",
        ),
        (
            {"keyboard": [["x"]], "input_field_placeholder": "x" * 65},
            "input_field_placeholder must have 1 to 64 characters",
        ),
    ],
)  # fmt: skip
async def test_a_broken_keyboard_is_refused(anna: Person, markup: Any, text: str) -> None:
    await anna.say("/teach")
    body = {"chat_id": 1, "text": "x", "reply_markup": markup}
    answer = (await anna.http.post(f"/bot{TOKEN}/sendMessage", json=body)).json()
    assert answer["description"] == f"Bad Request: {text}"


async def test_an_edit_takes_inline_keyboards_only(bot: Bot, anna: Person) -> None:
    await anna.say("/teach")
    sent = await bot.send_message(1, "x")
    with pytest.raises(BadRequest, match="Inline keyboard expected"):
        await sent.edit_text("y", reply_markup=CLASSES)  # type: ignore[arg-type]
