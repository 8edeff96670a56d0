"""Lessons: photos with a class's name, the model that follows them, and all of it undone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from core.entities import Dataset, Learned, Limits, LiveFit, Prediction, User
from core.errors import (
    DatasetNotFound,
    FileTooLarge,
    ImageUnreadable,
    LabelInvalid,
    QuotaExceeded,
)
from core.ports import Compute, Teaching
from core.ports import StoragePorts as Ports
from core.services.fetching import Fetch
from core.services.live import LiveModels
from core.services.services import Services
from core.services.teaching import Taught
from tests.core.services.steps import (
    CHAT,
    OWNER,
    STRANGER,
    examples_of,
    failing,
    photo,
    photo_files,
)
from tests.factories import make_image

ME = User(OWNER, "en")
APPLE, PEAR, PLUM = range(3)
PERSIAN = "نارنگی‌ها"


def pictures(kind: int, *numbers: int) -> list[bytes]:
    return [make_image(kind, number) for number in numbers]


async def teach(
    services: Services, dataset: Dataset, label: str, photos: Sequence[bytes | Fetch]
) -> Taught:
    fetches = [photo(one) if isinstance(one, bytes) else one for one in photos]
    named = [(f"{number}.jpg", fetch) for number, fetch in enumerate(fetches)]
    return await services.teaching.teach(dataset, label, named)


async def label_of(services: Services, picture: bytes) -> str:
    (prediction,) = (await services.predictions.predict(CHAT, [photo(picture)])).predictions
    assert isinstance(prediction, Prediction)
    return prediction.label


@pytest.fixture
async def garden(services: Services) -> Dataset:
    """A dataset without examples."""
    return await services.teaching.begin(OWNER, "garden")


@pytest.fixture
async def taught(services: Services, garden: Dataset) -> Dataset:
    """Three apples, three pears, and the model that has learned from them answers in the chat."""
    await teach(services, garden, "apple", pictures(APPLE, 0, 1, 2))
    lesson = await teach(services, garden, "pear", pictures(PEAR, 0, 1, 2))
    assert await services.teaching.answering(lesson.dataset, CHAT)
    return lesson.dataset


async def test_a_newcomer_is_taught_in_a_dataset_of_their_own(services: Services) -> None:
    first = await services.teaching.dataset(ME, "My things")
    assert (first.name, first.classes) == ("My things", {})
    assert await services.teaching.dataset(ME, "My things") == first


async def test_two_first_lessons_at_once_begin_one_dataset(services: Services) -> None:
    first, second = await asyncio.gather(
        *(services.teaching.dataset(ME, "My things") for _ in range(2))
    )
    assert first == second
    first, second = await asyncio.gather(
        *(services.teaching.extended(OWNER, "More") for _ in range(2))
    )
    assert first == second


async def test_the_current_dataset_is_taught(services: Services, dataset: Dataset) -> None:
    other = await services.teaching.begin(OWNER, "garden")
    assert await services.teaching.dataset(User(OWNER, "en", dataset.id), "x") == dataset
    assert await services.teaching.dataset(User(OWNER, "en", other.id), "x") == other


async def test_a_name_that_is_taken_gets_a_number(services: Services) -> None:
    names = [(await services.teaching.begin(OWNER, "garden")).name for _ in range(3)]
    assert names == ["garden", "garden 2", "garden 3"]
    assert (await services.teaching.begin(STRANGER, "garden")).name == "garden"


async def test_there_is_a_limit_on_datasets(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services.shares, "limits", Limits(datasets=2))
    for _ in range(2):
        await services.teaching.begin(OWNER, "garden")
    with pytest.raises(QuotaExceeded):
        await services.teaching.begin(OWNER, "garden")


async def test_a_lesson_is_kept_with_its_photos(
    services: Services, garden: Dataset, storage: Ports
) -> None:
    lesson = await teach(services, garden, "apple", pictures(APPLE, 0, 1))
    assert (lesson.learned, lesson.different, lesson.changed) == (2, 2, 2)
    assert lesson.dataset.classes == {"apple": 2}
    digests = {one.sha256 for one in lesson.photos if isinstance(one, Learned)}
    assert await photo_files(storage.files) == digests
    assert await services.teaching.answering(lesson.dataset, CHAT) is None, "one class"


@pytest.mark.parametrize("label", ["🍎", PERSIAN, "a" * 64, "<b>&", "%s {label}"])
async def test_any_name_is_a_class(services: Services, garden: Dataset, label: str) -> None:
    lesson = await teach(services, garden, label, pictures(APPLE, 0))
    assert lesson.dataset.classes == {label: 1}


@pytest.mark.parametrize("label", ["", "  ", "a" * 65, "two\nlines", "\ud800"])
async def test_what_cannot_be_a_name_is_refused(
    services: Services, garden: Dataset, label: str
) -> None:
    with pytest.raises(LabelInvalid):
        await teach(services, garden, label, pictures(APPLE, 0))
    assert (await services.datasets.get(OWNER, garden.id)).version == garden.version


async def test_a_class_is_spelled_as_the_dataset_does(services: Services, garden: Dataset) -> None:
    await teach(services, garden, "Fuji", pictures(APPLE, 0))
    known = await services.datasets.get(OWNER, garden.id)
    assert (await teach(services, known, "FUJI", pictures(APPLE, 1))).dataset.classes == {"Fuji": 2}


async def test_two_lessons_at_once_in_another_case_are_of_one_class(
    services: Services, garden: Dataset
) -> None:
    lessons = (
        teach(services, garden, name, pictures(APPLE, n)) for n, name in enumerate(("Fig", "fig"))
    )
    _, last = await asyncio.gather(*lessons)
    assert last.dataset.classes == {"Fig": 2}


async def test_photos_that_cannot_be_read_cost_only_themselves(
    services: Services, garden: Dataset
) -> None:
    too_large = FileTooLarge(megabytes=21, max_megabytes=20)
    first, second = pictures(APPLE, 0, 1)
    mixed = [first, b"not a photo", failing(too_large), b"PK\x03\x04 a ZIP", b"", second]
    lesson = await teach(services, garden, "apple", mixed)
    kinds = [type(one) for one in lesson.photos]
    assert kinds[0] is kinds[5] is Learned
    assert kinds[1] is kinds[3] is kinds[4] is ImageUnreadable
    assert lesson.photos[2] == too_large
    assert (lesson.learned, lesson.dataset.classes) == (2, {"apple": 2})


async def test_where_no_photo_can_be_read_nothing_changes(
    services: Services, garden: Dataset
) -> None:
    lesson = await teach(services, garden, "apple", [b"", failing(ConnectionError())])
    assert (lesson.learned, lesson.changed, lesson.different) == (0, 0, 0)
    assert lesson.dataset == garden


async def test_a_photo_twice_is_one_and_a_burst_is_not_many(
    services: Services, garden: Dataset
) -> None:
    (picture,) = pictures(APPLE, 0)
    near = make_image(APPLE, 0, quality=60)
    lesson = await teach(services, garden, "apple", [picture, picture, near])
    assert (lesson.learned, lesson.different, lesson.changed) == (3, 1, 2)
    assert lesson.dataset.classes == {"apple": 2}


async def test_what_is_known_changes_nothing(services: Services, taught: Dataset) -> None:
    again = await teach(services, taught, "apple", pictures(APPLE, 0, 1))
    assert (again.learned, again.changed) == (2, 0)
    assert again.dataset == taught


async def test_a_photo_of_another_class_goes_to_the_newest(
    services: Services, taught: Dataset
) -> None:
    lesson = await teach(services, taught, "plum", pictures(APPLE, 0, 1))
    assert lesson.changed == 2
    assert lesson.dataset.classes == {"apple": 1, "pear": 3, "plum": 2}
    undone = await services.examples.undo(OWNER, taught.id)
    assert undone.classes == taught.classes


async def test_the_model_answers_what_it_was_taught_and_says_what_it_would_have_said(
    services: Services, taught: Dataset
) -> None:
    assert await label_of(services, pictures(PEAR, 2)[0]) == "pear"
    lesson = await teach(services, taught, "apple", pictures(PEAR, 0))
    (surprise,) = lesson.photos
    assert isinstance(surprise, Learned)
    assert surprise.said == "pear"
    new = await teach(services, taught, "plum", pictures(PLUM, 0))
    (unknown,) = new.photos
    assert isinstance(unknown, Learned)
    assert unknown.said is None, "a class that the model does not have is no surprise"


async def test_there_is_one_live_model_which_follows_each_edit(
    services: Services, taught: Dataset
) -> None:
    (first,) = await services.models.list(OWNER)
    lesson = await teach(services, taught, "plum", pictures(PLUM, 0, 1))
    assert await label_of(services, pictures(PLUM, 0)[0]) == "plum"
    (second,) = await services.models.list(OWNER)
    assert (second.id, second.name) == (first.id, first.name)
    assert second.card.dataset_version == lesson.dataset.version
    await services.examples.undo(OWNER, taught.id)
    assert await label_of(services, pictures(PLUM, 0)[0]) != "plum"


async def test_without_a_second_class_the_model_is_gone_and_the_baseline_answers(
    services: Services, taught: Dataset
) -> None:
    await services.examples.undo(OWNER, taught.id)
    answer = await services.predictions.predict(CHAT, [photo(make_image())])
    assert answer.model == services.models.baseline
    assert await services.models.list(OWNER) == ()


async def test_two_lessons_at_once_are_both_learned(services: Services, garden: Dataset) -> None:
    lessons = await asyncio.gather(
        teach(services, garden, "apple", pictures(APPLE, 0, 1)),
        teach(services, garden, "pear", pictures(PEAR, 0, 1)),
    )
    newest = max((lesson.dataset for lesson in lessons), key=lambda dataset: dataset.version)
    assert newest.classes == {"apple": 2, "pear": 2}
    assert newest.version == garden.version + 2


async def test_of_two_lessons_the_later_wins_however_long_the_first_is_fetched(
    services: Services, garden: Dataset
) -> None:
    (picture,) = pictures(APPLE, 0)
    arrived = asyncio.Event()

    async def late(path: Path) -> None:
        await arrived.wait()
        await photo(picture)(path)

    async def quick(path: Path) -> None:
        await photo(picture)(path)
        arrived.set()

    await asyncio.gather(
        teach(services, garden, "apple", [late]), teach(services, garden, "pear", [quick])
    )
    assert (await services.datasets.get(OWNER, garden.id)).classes == {"pear": 1}


async def test_a_lesson_that_is_cancelled_leaves_nothing(
    services: Services, garden: Dataset, storage: Ports
) -> None:
    begun = asyncio.Event()

    async def endless(path: Path) -> None:
        begun.set()
        await asyncio.Event().wait()

    lesson = asyncio.create_task(teach(services, garden, "apple", [endless]))
    await begun.wait()
    lesson.cancel()
    with pytest.raises(asyncio.CancelledError):
        await lesson
    assert not await photo_files(storage.files)
    assert (await teach(services, garden, "apple", pictures(APPLE, 0))).learned == 1


async def test_edits_while_the_model_trains_are_learned_from_in_the_end(
    services: Services, taught: Dataset
) -> None:
    lesson = await teach(services, taught, "apple", pictures(APPLE, 3))
    training = asyncio.create_task(services.teaching.answering(lesson.dataset, CHAT))
    await asyncio.sleep(0)
    more = [
        await teach(services, taught, "plum", pictures(PLUM, 0)),
        await teach(services, taught, "plum", pictures(PLUM, 1)),
    ]
    models = await asyncio.gather(
        training, *(services.teaching.answering(one.dataset, CHAT) for one in more)
    )
    newest = models[-1]
    assert newest is not None
    assert newest.card.dataset_version == more[-1].dataset.version
    assert newest.card.classes == ("apple", "pear", "plum")
    assert len({model.id for model in models if model}) == 1


async def test_an_undo_in_between_is_learned_from(services: Services, taught: Dataset) -> None:
    lesson = await teach(services, taught, "plum", pictures(PLUM, 0, 1))
    training = asyncio.create_task(services.teaching.answering(lesson.dataset, CHAT))
    await asyncio.sleep(0)
    await services.examples.undo(OWNER, taught.id, lesson.dataset.version)
    await training
    assert await label_of(services, pictures(PLUM, 0)[0]) != "plum"
    (model,) = await services.models.list(OWNER)
    assert model.card.classes == ("apple", "pear")


async def test_a_live_model_does_not_take_the_name_of_another_one(
    services: Services, garden: Dataset
) -> None:
    named = await services.teaching.begin(OWNER, "baseline")
    await teach(services, named, "apple", pictures(APPLE, 0))
    lesson = await teach(services, named, "pear", pictures(PEAR, 0))
    model = await services.teaching.answering(lesson.dataset, CHAT)
    assert model is not None
    assert model.name == "baseline 2"


async def test_corrections_of_the_baseline_extend_it(services: Services) -> None:
    dataset = await services.teaching.extended(OWNER, "Fruit and more")
    assert await services.teaching.extended(OWNER, "Fruit and more") == dataset
    lesson = await teach(services, dataset, "phone", pictures(APPLE, 0))
    model = await services.teaching.answering(lesson.dataset, CHAT)
    assert model is not None
    assert {*services.models.baseline.card.classes, "phone"} == {*model.card.classes}
    assert await label_of(services, pictures(APPLE, 0)[0]) == "phone"


async def test_a_dataset_that_was_deleted_meanwhile_is_not_taught(
    services: Services, garden: Dataset, storage: Ports
) -> None:
    await services.datasets.delete(OWNER, garden.id)
    with pytest.raises(DatasetNotFound):
        await teach(services, garden, "apple", pictures(APPLE, 0))
    assert not await photo_files(storage.files)


async def test_the_examples_names_are_those_that_were_given(
    services: Services, garden: Dataset, storage: Ports
) -> None:
    lesson = await teach(services, garden, "apple", [b"", *pictures(APPLE, 0)])
    assert list(await examples_of(storage, lesson.dataset)) == ["1.jpg"]


class Unhurried:
    """Trains live models only when it may."""

    def __init__(self, teaching: Teaching) -> None:
        self._teaching = teaching
        self.may = asyncio.Event()

    async def fit_live(self, *arguments: Any, **options: Any) -> LiveFit:
        await self.may.wait()
        return await self._teaching.fit_live(*arguments, **options)


async def test_an_answer_does_not_wait_for_a_model_that_learns_for_long(
    services: Services, taught: Dataset, storage: Ports, compute: Compute
) -> None:
    before = await services.predictions.model_of(CHAT)
    await teach(services, taught, "plum", pictures(PLUM, 0, 1, 2))
    unhurried = Unhurried(compute.teaching)
    live = LiveModels(
        storage.models,
        storage.searches,
        storage.files,
        compute.training,
        unhurried,  # type: ignore[arg-type]
        services.datasets,
        patience_s=0,
    )
    assert await live.soon(before) == before
    unhurried.may.set()
    after = await live.follow(OWNER, taught.id)
    assert after is not None
    assert "plum" in after.card.classes


async def test_a_class_of_the_baseline_is_known_in_any_case_of_letters(services: Services) -> None:
    dataset = await services.teaching.extended(OWNER, "Fruit and more")
    name = services.models.baseline.card.classes[0]
    assert services.teaching.spelled(dataset, name.lower()) == name
    plain = await services.teaching.begin(OWNER, "garden")
    assert services.teaching.spelled(plain, name.lower()) == name.lower()


async def test_a_photo_that_is_none_of_the_classes_is_no_example_and_can_be_undone(
    services: Services, taught: Dataset
) -> None:
    before = await services.teaching.answering(taught, CHAT)
    (picture,) = pictures(PLUM, 0)
    refused = await services.teaching.refuse(taught, "0.jpg", photo(picture))
    assert refused.is_new
    assert refused.dataset.classes == taught.classes
    assert refused.dataset.negatives == 1
    live = await services.teaching.answering(refused.dataset, CHAT)
    assert before is not None
    assert live is not None
    assert live.card.classes == before.card.classes
    assert live.card.threshold >= before.card.threshold
    again = await services.teaching.refuse(taught, "0.jpg", photo(picture))
    assert not again.is_new
    undone = await services.examples.undo(OWNER, taught.id)
    assert undone.negatives == 0


async def test_what_is_none_of_the_classes_may_be_taught_later(
    services: Services, taught: Dataset
) -> None:
    (picture,) = pictures(PLUM, 0)
    refused = await services.teaching.refuse(taught, "0.jpg", photo(picture))
    lesson = await teach(services, refused.dataset, "plum", [picture])
    assert (lesson.dataset.classes["plum"], lesson.dataset.negatives) == (1, 0)


async def test_a_negative_that_cannot_be_read_is_refused(
    services: Services, taught: Dataset
) -> None:
    with pytest.raises(ImageUnreadable):
        await services.teaching.refuse(taught, "0.jpg", photo(b"no picture"))
    too_large = FileTooLarge(megabytes=21, max_megabytes=20)
    with pytest.raises(FileTooLarge):
        await services.teaching.refuse(taught, "0.jpg", failing(too_large))
    assert await services.datasets.get(OWNER, taught.id) == taught


async def test_the_baseline_learns_what_is_none_of_its_classes(services: Services) -> None:
    dataset = await services.teaching.extended(OWNER, "corrections")
    refused = await services.teaching.refuse(dataset, "0.jpg", photo(pictures(PLUM, 0)[0]))
    live = await services.teaching.answering(refused.dataset, CHAT)
    assert live is not None
    assert live.card.classes == services.models.baseline.card.classes
    await services.examples.undo(OWNER, dataset.id)
    assert await services.teaching.answering(refused.dataset, CHAT) is None
