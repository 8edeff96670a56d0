"""The report on a model, one HTML page for teachers."""

from __future__ import annotations

import re

from core.services.classes import PAGE_PHOTOS
from tests.acceptance import baskets
from tests.acceptance.conftest import Meet
from tests.acceptance.people import Message, Person
from tests.acceptance.process import BotProcess
from tests.acceptance.steps import train, upload
from tests.factories import make_image


def report(person: Person, card: Message, label: str = "Report") -> str:
    """The page that the button under a model's card sends."""
    person.press(card, label)
    message = person.sees(lambda message: (message.file_name or "").endswith(".html"))
    return person.fetch(message).decode()


def pictures(page: str) -> list[str]:
    """What the page's pictures show."""
    return re.findall(r'<img src="data:image/(?:png|jpeg);base64,[^"]+" alt="([^"]+)"', page)


def test_a_report_shows_data_scores_and_mistakes(anna: Person) -> None:
    upload(anna, baskets.drawn("fruits", classes=4, photos=10))
    train(anna, f"{baskets.QUICK_FIT} curve=yes")
    page = report(anna, anna.ask("/model 1", "outlines"))
    assert {"Photos per class", "Duplicates per class", "Learning curve"} <= set(pictures(page))
    for heading in ("The photos", "Duplicates", "What it mixes up", "What it does not know"):
        assert f"<h2>{heading}</h2>" in page
    assert "http" not in re.sub('base64,[^"]+', "", page).replace("http-equiv", "")


def test_photos_of_mistakes_are_in_it_until_the_data_change(anna: Person) -> None:
    upload(anna, baskets.hopeless(3, 12))
    train(anna, baskets.QUICK_FIT)
    card = anna.ask("/model 1", "outlines")
    assert any(alt.startswith("Photos of") for alt in pictures(report(anna, card)))
    anna.send_photos(make_image(), caption="apple")
    anna.hears("apple ▮")
    page = report(anna, anna.ask("/model 1", "outlines"))
    assert "has changed since" in page
    assert not any(alt.startswith("Photos of") for alt in pictures(page))


def test_the_baseline_has_a_report_in_russian(bot: BotProcess, meet: Meet) -> None:
    vera = meet(bot, "ru")
    page = report(vera, vera.ask("/model базовая", "Базовая модель"), "Отчёт")
    assert '<html lang="ru">' in page
    assert "Чего она не знает" in page
    assert "Матрица ошибок" in pictures(page)
    assert "насколько уверенно эта модель отвечала на проверке, не сохранено" in page
    assert "Чаще всего путает" in pictures(page)
    assert "<figure class=large>" in page, "so many classes can't be read on a phone's width"
    assert "только эти классы: Авокадо, Ананас, Апельсин" in page


def test_a_taught_models_report_shows_every_mistake_and_how_certain_it_was(anna: Person) -> None:
    upload(anna, baskets.hopeless(2, 13))
    for photos in (27, 28):
        anna.send_photos(baskets.noise(photos), caption="apple")
        anna.hears("apple ▮")
        live = anna.ask("/model 1", "Cross-validated", f"of {photos}")
        right = int(re.findall(rf"right on (\d+) of {photos}", live.text)[0])
        page = report(anna, live)
        cells = [int(n) for n in re.findall(r"taken for <b>\w+</b>: (\d+) photo", page)]
        assert 0 < sum(cells) == photos - right
        assert ("that it got wrong are shown" in page) == any(n > PAGE_PHOTOS for n in cells)
    assert "Do its probabilities keep their word?" in pictures(page)
    assert "<th scope=col>The answer</th>" in page
    assert "<h2>Duplicates</h2>\n<p>There are none.</p>" in page


def test_a_renamed_datasets_report_has_its_new_name(anna: Person) -> None:
    upload(anna, baskets.hopeless(2, 5))
    anna.send_photos(baskets.noise(27), caption="apple")
    anna.hears("apple ▮")
    anna.press(anna.ask("/datasets", "hopeless"), "hopeless")
    anna.press(anna.sees(lambda message: "✏️ Rename" in message.buttons), "Rename")
    anna.hears("What shall the dataset")
    anna.ask("Orchard", "Now it is “Orchard”")
    live = anna.ask("/model Orchard", "Trained on “Orchard”")
    page = report(anna, live)
    assert "<h1>Report on the model “Orchard”</h1>" in page
    assert "hopeless" not in page
