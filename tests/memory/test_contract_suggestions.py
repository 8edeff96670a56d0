"""The contract of the storage ports: photos that wait for the owner of a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.entities import (
    Contribution,
    Dataset,
    NewPhoto,
    Pending,
    Person,
    Place,
    Suggestion,
    SuggestionLimits,
)
from core.errors import DatasetNotFound, SuggestionGone, TooManySuggested
from core.sealed import digest_of
from tests.memory.readings import digest_of as digest_of_photo
from tests.memory.steps import OWNER, STRANGER, Ports, Steps

ANNA, BORIS = Person(STRANGER, "Anna"), Person(3, "Борис")
GROUP = Place(-5, "Garden")
LIMITS = SuggestionLimits()


class Offering:
    """Suggests photos, each told by its content."""

    def __init__(self, ports: Ports, folder: Path) -> None:
        self._ports = ports
        self._folder = folder
        folder.mkdir()

    async def __call__(
        self,
        dataset: Dataset,
        contents: Sequence[str],
        person: Person = ANNA,
        label: str = "apple",
        place: Place | None = GROUP,
        limits: SuggestionLimits = LIMITS,
        owner_id: int = OWNER,
    ) -> Suggestion:
        photos = [self._photo(content, number) for number, content in enumerate(contents, start=70)]
        return await self._ports.suggestions.add(
            owner_id, dataset.id, person, label, photos, place, limits
        )

    def _photo(self, content: str, message_id: int) -> NewPhoto:
        path = self._folder / digest_of(content.encode())
        path.write_text(content)
        return NewPhoto(path, f"{content}.jpg", len(content), message_id)


@pytest.fixture
def offer(ports: Ports, tmp_path: Path) -> Offering:
    return Offering(ports, tmp_path / "offered")


async def contents(ports: Ports, suggestion: Suggestion) -> list[str]:
    photos = await ports.suggestions.photos(suggestion.owner_id, suggestion.id)
    return [(await ports.files.read(suggestion.owner_id, photo.file)).decode() for photo in photos]


async def test_photos_of_one_person_class_and_place_wait_together(
    ports: Ports, steps: Steps, offer: Offering
) -> None:
    dataset = await steps.create()
    first = await offer(dataset, ["a", "b"])
    grown = await offer(dataset, ["b", "c"], person=Person(ANNA.id, "Anna K."))

    assert (grown.id, grown.photos, grown.person.name) == (first.id, 3, "Anna K.")
    assert grown.last > first.last
    assert await contents(ports, grown) == ["a", "b", "c"]
    up_to = await ports.suggestions.photos(OWNER, grown.id, first.last)
    assert [(photo.name, photo.message_id) for photo in up_to] == [("a.jpg", 70), ("b.jpg", 71)]
    assert await ports.suggestions.pending(OWNER) == Pending(3, 3)


async def test_others_wait_apart(ports: Ports, steps: Steps, offer: Offering) -> None:
    dataset, other = await steps.create(), await steps.create("other")
    suggestions = [
        await offer(dataset, ["a"]),
        await offer(dataset, ["a"], person=BORIS),
        await offer(dataset, ["a"], label="груша"),
        await offer(dataset, ["a"], place=None),
        await offer(other, ["a"]),
    ]
    assert await ports.suggestions.list(OWNER) == tuple(suggestions)
    assert [one.place for one in suggestions] == [GROUP, GROUP, GROUP, None, GROUP]


async def test_what_is_decided_is_gone_with_its_bytes(
    ports: Ports, steps: Steps, offer: Offering
) -> None:
    dataset = await steps.create()
    mine, same = await offer(dataset, ["a", "b"]), await offer(dataset, ["b"], person=BORIS)
    one, two = await ports.suggestions.photos(OWNER, mine.id)

    await ports.suggestions.remove(OWNER, mine.id, [one.id])
    with pytest.raises(FileNotFoundError):
        await ports.files.read(OWNER, one.file)
    assert (await ports.suggestions.get(OWNER, mine.id)).photos == 1

    await ports.suggestions.remove(OWNER, mine.id, [two.id])
    with pytest.raises(SuggestionGone):
        await ports.suggestions.get(OWNER, mine.id)
    assert await contents(ports, same) == ["b"]


async def test_more_than_the_limit_is_not_kept(ports: Ports, steps: Steps, offer: Offering) -> None:
    dataset, limits = await steps.create(), SuggestionLimits(of_person=2, of_all=3)
    await offer(dataset, ["a", "b"], limits=limits)
    with pytest.raises(TooManySuggested):
        await offer(dataset, ["c"], label="груша", limits=limits)
    await offer(dataset, ["c"], person=BORIS, limits=limits)
    with pytest.raises(TooManySuggested):
        await offer(dataset, ["d"], person=BORIS, limits=limits)
    assert (await ports.suggestions.pending(OWNER)).photos == 3


async def test_a_stranger_reaches_nothing(ports: Ports, steps: Steps, offer: Offering) -> None:
    dataset = await steps.create()
    waiting = await offer(dataset, ["a"])
    for call in (
        ports.suggestions.get(STRANGER, waiting.id),
        ports.suggestions.photos(STRANGER, waiting.id),
    ):
        with pytest.raises(SuggestionGone):
            await call
    for dataset_call in (
        offer(dataset, ["b"], owner_id=STRANGER),
        ports.suggestions.trust(STRANGER, dataset.id, ANNA),
        ports.suggestions.distrust(STRANGER, dataset.id, ANNA.id),
        ports.suggestions.trusted(STRANGER, dataset.id),
        ports.suggestions.credit(STRANGER, dataset.id, ANNA, ["f" * 64]),
        ports.suggestions.contributions(STRANGER, dataset.id),
    ):
        with pytest.raises(DatasetNotFound):
            await dataset_call
    photos = await ports.suggestions.photos(OWNER, waiting.id)
    await ports.suggestions.remove(STRANGER, waiting.id, [photo.id for photo in photos])
    await ports.suggestions.set_asked(STRANGER, waiting.id, 5)
    assert await ports.suggestions.list(STRANGER) == ()
    assert await ports.suggestions.list(OWNER) == (waiting,)


async def test_the_message_that_asks_is_remembered(
    ports: Ports, steps: Steps, offer: Offering
) -> None:
    waiting = await offer(await steps.create(), ["a"])
    await ports.suggestions.set_asked(OWNER, waiting.id, 12)
    assert (await ports.suggestions.get(OWNER, waiting.id)).asked == 12


async def test_trust_is_of_one_dataset_and_can_be_taken_back(ports: Ports, steps: Steps) -> None:
    dataset, other = await steps.create(), await steps.create("other")
    await ports.suggestions.trust(OWNER, dataset.id, ANNA)
    await ports.suggestions.trust(OWNER, dataset.id, BORIS)
    await ports.suggestions.trust(OWNER, dataset.id, ANNA)
    assert await ports.suggestions.trusted(OWNER, dataset.id) == (ANNA, BORIS)
    assert await ports.suggestions.trusted(OWNER, other.id) == ()
    assert await ports.suggestions.distrust(OWNER, dataset.id, ANNA.id)
    assert not await ports.suggestions.distrust(OWNER, dataset.id, ANNA.id)
    assert await ports.suggestions.trusted(OWNER, dataset.id) == (BORIS,)


async def test_contributions_follow_what_becomes_of_the_photos(ports: Ports, steps: Steps) -> None:
    dataset = await steps.create(photos={0: "apple", 1: "pear"})
    digests = [digest_of_photo(number) for number in (0, 5, 6)]
    await ports.suggestions.credit(OWNER, dataset.id, ANNA, digests)
    await steps.teach(dataset, "apple", [0, 5, 6])
    assert await ports.suggestions.contributions(OWNER, dataset.id) == (
        Contribution("apple", ANNA, 2),
        Contribution("apple", None, 1),
        Contribution("pear", None, 1),
    )
    await ports.examples.undo(OWNER, dataset.id)
    assert await ports.suggestions.contributions(OWNER, dataset.id) == (
        Contribution("apple", None, 1),
        Contribution("pear", None, 1),
    )


async def test_what_waits_too_long_goes(ports: Ports, steps: Steps, offer: Offering) -> None:
    waiting = await offer(await steps.create(), ["a"])
    moment = datetime.now(UTC)
    assert await ports.suggestions.expire(moment - timedelta(minutes=1)) == ()
    assert await ports.suggestions.expire(moment + timedelta(minutes=1)) == (waiting,)
    assert await ports.suggestions.list(OWNER) == ()


async def test_a_group_with_a_new_id_takes_what_waits_along(
    ports: Ports, steps: Steps, offer: Offering
) -> None:
    dataset, new = await steps.create(), Place(-1005, "Garden")
    old = await offer(dataset, ["a", "b"])
    await offer(dataset, ["b", "c"], place=new)
    apart = await offer(dataset, ["a"], person=BORIS)

    await ports.suggestions.move(GROUP.chat_id, new.chat_id)
    await ports.suggestions.move(GROUP.chat_id, new.chat_id)

    waiting = await ports.suggestions.list(OWNER)
    assert {(one.person, one.place and one.place.chat_id) for one in waiting} == {
        (ANNA, new.chat_id),
        (BORIS, new.chat_id),
    }
    assert old.id not in {one.id for one in waiting}
    assert apart.id in {one.id for one in waiting}
    merged = next(one for one in waiting if one.person == ANNA)
    assert sorted(await contents(ports, merged)) == ["a", "b", "c"]


async def test_what_waits_goes_with_the_dataset(
    ports: Ports, steps: Steps, offer: Offering
) -> None:
    dataset = await steps.create()
    await offer(dataset, ["a"])
    await ports.datasets.delete(OWNER, dataset.id)
    assert await ports.suggestions.list(OWNER) == ()


@pytest.mark.parametrize("who", [OWNER, STRANGER])
async def test_what_waits_goes_with_the_account_of_either(
    ports: Ports, steps: Steps, offer: Offering, who: int
) -> None:
    waiting = await offer(await steps.create(), ["a"])
    (photo,) = await ports.suggestions.photos(OWNER, waiting.id)
    await ports.accounts.delete(who)
    assert await ports.suggestions.list(OWNER) == ()
    if who == STRANGER:
        with pytest.raises(FileNotFoundError):
            await ports.files.read(OWNER, photo.file)


async def test_a_deleted_person_has_no_name_and_no_trust_any_more(
    ports: Ports, steps: Steps
) -> None:
    dataset = await steps.create(photos={0: "apple"})
    await ports.suggestions.trust(OWNER, dataset.id, ANNA)
    await ports.suggestions.credit(OWNER, dataset.id, ANNA, [digest_of_photo(5)])
    await steps.teach(dataset, "apple", [5])
    await ports.accounts.delete(ANNA.id)
    assert await ports.suggestions.trusted(OWNER, dataset.id) == ()
    assert set(await ports.suggestions.contributions(OWNER, dataset.id)) == {
        Contribution("apple", None, 1),
        Contribution("apple", Person(0, ""), 1),
    }


async def test_a_banned_persons_photos_wait_no_more(
    ports: Ports, steps: Steps, offer: Offering
) -> None:
    dataset = await steps.create()
    await offer(dataset, ["a"])
    boris = await offer(dataset, ["a"], person=BORIS)
    await ports.suggestions.forget_person(ANNA.id)
    assert await ports.suggestions.list(OWNER) == (boris,)
    assert await contents(ports, boris) == ["a"]


async def test_a_lesson_of_another_leaves_the_current_dataset(ports: Ports, steps: Steps) -> None:
    dataset, current = await steps.create("one"), await steps.create("two")
    reading = steps.lesson("apple", [7])
    await ports.datasets.teach(OWNER, dataset.id, reading, becomes_current=False)
    assert (await ports.users.get(OWNER, "en")).dataset_id == current.id
