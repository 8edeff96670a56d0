"""Which photos a quiz asks, and which classes it offers."""

from __future__ import annotations

from pathlib import Path

from core.entities import Dataset
from core.ports import StoragePorts as Ports
from core.services.quizzes import MAX_OPTIONS, Asked, Recent
from core.services.services import Services
from tests.core.learning import CLASSICAL
from tests.core.services.steps import CHAT, OWNER, examples_of, fit, upload
from tests.factories import make_dataset

ROUNDS = 12


async def play(services: Services, dataset: Dataset) -> list[Asked]:
    """Questions of one chat, whose model was trained here."""
    await services.models.use(OWNER, CHAT, (await fit(services, dataset, "fruits")).id)
    topic = await services.quizzes.topic(CHAT)
    recent: list[Recent] = []
    asked: list[Asked] = []
    for _ in range(ROUNDS):
        asked.append(await services.quizzes.ask(topic, recent))
        question = asked[-1].question
        recent.append(Recent(question.example_id, question.label))
    return asked


async def test_classes_come_up_evenly_though_one_has_most_photos(
    services: Services, tmp_path: Path
) -> None:
    dataset = await upload(services, make_dataset(tmp_path / "d.zip", classes=6, photos=6))
    asked = await play(services, dataset)
    labels = [one.question.label for one in asked]
    for number in range(ROUNDS - 3):
        assert len(set(labels[number : number + 4])) == 4, "none again within half of the classes"
    offered = {label for one in asked for label in one.question.options}
    assert offered == set(dataset.classes)
    assert all(len(one.question.options) == MAX_OPTIONS for one in asked)
    assert len({one.question.example_id for one in asked}) == ROUNDS


async def test_photos_that_look_mislabelled_are_not_asked(
    services: Services, storage: Ports, tmp_path: Path
) -> None:
    dataset = await upload(services, make_dataset(tmp_path / "d.zip", classes=3, photos=25))
    ids = {name: one.id for name, one in (await examples_of(storage, dataset)).items()}
    dataset = await services.examples.relabel(OWNER, dataset.id, [ids["apple/03.jpg"]], "pear")
    found = {one.example_id for one in await services.suspects.find(dataset, CLASSICAL)}
    assert ids["apple/03.jpg"] in found
    others = [number for number in ids.values() if number not in found]
    kept = {
        ids[f"{label}/{number:02}.jpg"] for label in dataset.classes for number in range(10, 15)
    }
    assert not kept & found
    gone = [number for number in others if number not in kept]
    asked = await play(services, await services.examples.remove(OWNER, dataset.id, gone))
    assert {one.question.example_id for one in asked} <= kept
