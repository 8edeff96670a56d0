"""What a caption wants: a class's name, or a question."""

from __future__ import annotations

import pytest

from bot.captions import class_named
from core.errors import LabelInvalid

PERSIAN = "نارنگی‌ها"  # with a zero-width non-joiner


@pytest.mark.parametrize(
    ("caption", "label"),
    [
        ("mango", "mango"),
        ("  Mango\t", "Mango"),
        ("MANGO!", "MANGO"),
        ("a mango", "mango"),
        ("This is a mango.", "mango"),
        ("this is the Granny Smith", "Granny Smith"),
        ("It's an apple", "apple"),
        ("it’s some rice…", "rice"),
        ("these are figs", "figs"),
        ("Here is my cat", "my cat"),
        ("Это манго", "манго"),
        ("а это манго.", "манго"),
        ("Вот это манго", "манго"),
        ("это — манго", "манго"),
        ("this is: mango", "mango"),
        ("вот Мурка", "Мурка"),
        ("🍎", "🍎"),
        ("🍎 apple", "🍎 apple"),
        ("cafe\N{COMBINING ACUTE ACCENT}", "café"),
        (PERSIAN, PERSIAN),
        ("a" * 64, "a" * 64),
        ("this is", "this is"),
        ("anaconda", "anaconda"),
        ("whatnot", "whatnot"),
        ("какао", "какао"),
        ("кактус", "кактус"),
        ("чтобы", "чтобы"),
        ("<b>pear</b>", "<b>pear</b>"),
        ("Это же киви, вроде", "киви"),
        ("похоже на манго", "манго"),
        ("Кажется, что это манго", "манго"),
        ("Это манго, спасибо", "манго"),
        ("No, it's a pear", "pear"),
        ("нет, это яблоко", "яблоко"),
        ("Hello Kitty", "Hello Kitty"),
        ("hi-fi speaker", "hi-fi speaker"),
        ("God Morgon Orange Red Grapefruit Juice", "God Morgon Orange Red Grapefruit Juice"),
        ("maybe a lime", "lime"),
        ("I think it's a lime", "lime"),
        ("желтый", "желтый"),
        ("нектарин", "нектарин"),
        ("hibiscus", "hibiscus"),
        ("red delicious from our garden", "red delicious from our garden"),
    ],
)
def test_a_caption_names_a_class(caption: str, label: str) -> None:
    assert class_named(caption) == label


@pytest.mark.parametrize(
    "caption",
    [
        None,
        "...",
        "–",
        "",
        " \n ",
        "?",
        "mango?",
        "это не лайм",
        "да",
        "ok",
        "maybe",
        "Похоже",
        "Hi!",
        "not a lime",
        "Спасибо!",
        "thanks a lot",
        "lol, look what I found at the shop today, isn't it great",
        "What is it",
        "what's this",
        "Which one is it",
        "Who is that",
        "name it",
        "guess",
        "что это",
        "Что это такое?",
        "кто это",
        "Какой это сорт",
        "угадай",
        "این چیست؟",
        "是什么？",
        "/predict",
    ],
)
def test_no_name_or_a_question_asks(caption: str | None) -> None:
    assert class_named(caption) is None


@pytest.mark.parametrize("caption", ["a" * 65, "mango\nand fig", "m\u2028b", "a\0b", "\ud800"])
def test_what_cannot_be_a_name_is_refused(caption: str) -> None:
    with pytest.raises(LabelInvalid):
        class_named(caption)


def test_an_introduction_does_not_count_for_the_length() -> None:
    assert class_named(f"this is a {'m' * 64}.") == "m" * 64
