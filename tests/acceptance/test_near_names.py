"""Names as people write them: nearly those of known classes, in their language and their case."""

from __future__ import annotations

from tests.acceptance import baskets
from tests.acceptance.conftest import Meet
from tests.acceptance.lessons import APPLE, PEAR, counts, teach
from tests.acceptance.people import Person
from tests.acceptance.process import BotProcess
from tests.factories import make_image


def test_the_baselines_classes_are_known_in_russian(bot: BotProcess, meet: Meet) -> None:
    vera = meet(bot, language="ru")
    vera.send_photos(baskets.a_kiwi())
    answer = vera.sees(lambda message: "Другое…" in message.buttons)
    vera.press(answer, "Другое")
    vera.press(vera.sees(lambda message: "➕ Новый класс" in message.buttons), "Новый класс")
    vera.hears("Как это называется?")
    question = vera.ask("яблоки", "Вы имели в виду «Яблоко»?", "Вы написали «яблоки»")
    vera.press(question, "Яблоко")
    vera.hears("Запомнил: Яблоко")
    vera.send_photos(make_image(PEAR, 0), caption="груши")
    question = vera.hears("Вы имели в виду «Груша»?")
    vera.press(question, "Груша")
    vera.sees(lambda message: counts(message) == {"Груша": 1, "Яблоко": 1})
    vera.ask("/info", "Яблоко 1, Груша 1")
    vera.ask("/samples груша", "Груша · 1 фото")
    vera.ask("/info яблоко", "Яблоко: 1 фото")
    vera.ask("/undo", "Груша")


def test_a_name_is_shown_as_it_was_written_first(anna: Person) -> None:
    teach(anna, "Granny Smith", APPLE, 0)
    teach(anna, "GRANNY SMITH", APPLE, 1)
    anna.sees(lambda message: counts(message) == {"Granny Smith": 2})
    anna.ask("/teach granny smith", "Teaching Granny Smith")


def test_classifiers_have_names_in_russian_and_the_words_of_fit(
    bot: BotProcess, meet: Meet
) -> None:
    vera = meet(bot, language="ru")
    vera.send_file("фрукты.zip", baskets.drawn(classes=2, photos=3).zipped)
    vera.hears("фрукты", "6 фото")
    vera.ask("/fit классификатор=чудо", "опорные векторы (svc)", "линейный дискриминант (lda)")
    vera.ask("/fit svc tree", "опорные векторы (svc), дерево решений (tree)")
