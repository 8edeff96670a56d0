"""Suggestions: photos that wait for the owner, and are taught once the owner says so."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest
import pytest_asyncio
from PIL import Image

from core.entities import Contribution, Dataset, Limits, Person, Place
from core.errors import (
    ImageUnreadable,
    LabelInvalid,
    QuotaExceeded,
    SuggestionGone,
    SuggestionRefused,
)
from core.services.services import Services
from core.services.suggestions import Offered, Suggested
from tests.core.services.steps import OWNER, STRANGER, failing, photo
from tests.factories import make_image

ANNA, ME = Person(STRANGER, "Anna"), Person(OWNER, "Olga")
GROUP = Place(-5, "Garden")
APPLE, PEAR = range(2)


@pytest_asyncio.fixture(loop_scope="session")
async def garden(services: Services) -> Dataset:
    """A dataset without examples, which is not the current one."""
    garden = await services.teaching.begin(OWNER, "garden")
    await services.teaching.begin(OWNER, "current")
    return garden


async def suggest(
    services: Services,
    dataset: Dataset,
    pictures: Sequence[bytes],
    label: str = "apple",
    person: Person = ANNA,
) -> Suggested:
    offered = [
        Offered(f"{number}.jpg", photo(picture), number)
        for number, picture in enumerate(pictures, start=50)
    ]
    return await services.suggestions.suggest(person, dataset, label, offered, GROUP)


def pictures(kind: int, *numbers: int) -> list[bytes]:
    return [make_image(kind, number) for number in numbers]


async def test_what_is_accepted_is_taught_and_the_current_dataset_stays(
    services: Services, garden: Dataset
) -> None:
    before = (await services.users.meet(OWNER, "en")).dataset_id
    suggested = await suggest(services, garden, pictures(APPLE, 0, 1))
    assert suggested.taught is None
    assert (await services.datasets.get(OWNER, garden.id)).classes == {}
    assert suggested.suggestion is not None

    decided = await services.suggestions.accept(OWNER, suggested.suggestion.id)

    assert (decided.changed, decided.dataset.classes) == (2, {"apple": 2})
    assert [one.message_id for one in decided.photos] == [50, 51]
    assert await services.suggestions.contributions(decided.dataset) == (
        Contribution("apple", ANNA, 2),
    )
    assert (await services.users.meet(OWNER, "en")).dataset_id == before
    with pytest.raises(SuggestionGone):
        await services.suggestions.accept(OWNER, suggested.suggestion.id)


async def test_only_what_the_owner_saw_is_accepted(services: Services, garden: Dataset) -> None:
    seen = (await suggest(services, garden, pictures(APPLE, 0, 1))).suggestion
    grown = (await suggest(services, garden, pictures(APPLE, 2))).suggestion
    assert seen is not None
    assert grown is not None
    decided = await services.suggestions.accept(OWNER, seen.id, seen.last)
    assert decided.changed == 2
    assert (await services.suggestions.get(OWNER, seen.id)).photos == 1


async def test_an_album_too_many_is_taught_in_parts(services: Services, garden: Dataset) -> None:
    for part in (range(6), range(6, 12)):
        suggested = await suggest(services, garden, pictures(APPLE, *part))
    assert suggested.suggestion is not None
    decided = await services.suggestions.accept(OWNER, suggested.suggestion.id)
    assert (decided.changed, len(decided.photos)) == (12, 12)


async def test_what_is_refused_is_not_taught(services: Services, garden: Dataset) -> None:
    suggested = await suggest(services, garden, pictures(APPLE, 0))
    assert suggested.suggestion is not None
    decided = await services.suggestions.refuse(OWNER, suggested.suggestion.id)
    assert (decided.changed, len(decided.photos)) == (0, 1)
    assert await services.suggestions.list(OWNER) == ()
    assert (await services.datasets.get(OWNER, garden.id)).classes == {}


async def test_the_owners_own_are_taught_at_once(services: Services, garden: Dataset) -> None:
    suggested = await suggest(services, garden, pictures(APPLE, 0), person=ME)
    assert suggested.suggestion is None
    assert suggested.taught is not None
    assert suggested.taught.dataset.classes == {"apple": 1}
    assert await services.suggestions.contributions(suggested.taught.dataset) == (
        Contribution("apple", None, 1),
    )


async def test_a_trusted_persons_are_taught_at_once_until_that_is_taken_back(
    services: Services, garden: Dataset
) -> None:
    apples = (await suggest(services, garden, pictures(APPLE, 0))).suggestion
    pears = (await suggest(services, garden, pictures(PEAR, 0), "pear")).suggestion
    assert apples is not None
    assert await services.suggestions.trust(OWNER, apples.id) == (apples, pears)

    taught = (await suggest(services, garden, pictures(APPLE, 1))).taught
    assert taught is not None
    assert await services.suggestions.contributions(taught.dataset) == (
        Contribution("apple", ANNA, 1),
    )
    assert await services.suggestions.distrust(OWNER, garden.id, ANNA.id)
    assert (await suggest(services, garden, pictures(APPLE, 2))).taught is None


async def test_a_photo_waits_under_the_newest_class_alone(
    services: Services, garden: Dataset
) -> None:
    apples = (await suggest(services, garden, pictures(APPLE, 0, 1))).suggestion
    others = (
        await suggest(services, garden, pictures(APPLE, 0), person=Person(7, "Bo"))
    ).suggestion
    assert apples is not None
    assert others is not None
    renamed = await suggest(services, garden, pictures(APPLE, 0), "pear")
    assert renamed.renamed == (apples,)
    waiting = await services.suggestions.list(OWNER)
    assert [(one.label, one.person.name, one.photos) for one in waiting] == [
        ("apple", "Anna", 1),
        ("apple", "Bo", 1),
        ("pear", "Anna", 1),
    ]
    again = await suggest(services, garden, pictures(APPLE, 0), "pear")
    assert again.renamed == ()


async def test_what_can_not_be_read_is_not_suggested(services: Services, garden: Dataset) -> None:
    suggested = await suggest(services, garden, [b"no picture", *pictures(APPLE, 0)])
    assert suggested.suggestion is not None
    assert suggested.suggestion.photos == 1
    assert isinstance(suggested.errors[0], ImageUnreadable)
    assert suggested.errors[1] is None
    nothing = await suggest(services, garden, [b"no picture"], "pear")
    assert (nothing.taught, nothing.suggestion) == (None, None)


async def test_what_can_not_be_fetched_is_not_suggested(
    services: Services, garden: Dataset
) -> None:
    offered = [Offered("1.jpg", failing(ConnectionError()))]
    suggested = await services.suggestions.suggest(ANNA, garden, "apple", offered)
    assert (suggested.taught, suggested.suggestion) == (None, None)
    assert isinstance(suggested.errors[0], ConnectionError)


async def test_a_page_shows_what_waits(services: Services, garden: Dataset) -> None:
    suggested = await suggest(services, garden, pictures(APPLE, *range(13)))
    assert suggested.suggestion is not None
    page = await services.suggestions.look(OWNER, suggested.suggestion.id, 5)
    assert (page.number, page.pages, page.first) == (1, 2, 13)
    assert Image.open(io.BytesIO(page.picture)).format == "JPEG"


async def test_the_class_is_spelled_as_the_dataset_has_it(
    services: Services, garden: Dataset
) -> None:
    await suggest(services, garden, pictures(APPLE, 0), "Fuji", person=ME)
    known = await services.datasets.get(OWNER, garden.id)
    suggestion = (await suggest(services, known, pictures(APPLE, 1), "FUJI")).suggestion
    assert suggestion is not None
    assert suggestion.label == "Fuji"
    with pytest.raises(LabelInvalid):
        await suggest(services, known, pictures(APPLE, 2), "two\nlines")


async def test_a_banned_person_suggests_nothing(services: Services, garden: Dataset) -> None:
    suggested = await suggest(services, garden, pictures(APPLE, 0))
    assert suggested.suggestion is not None
    await services.accounts.ban(ANNA.id)
    assert await services.suggestions.list(OWNER) == ()
    with pytest.raises(SuggestionRefused):
        await suggest(services, garden, pictures(APPLE, 0))


async def test_a_banned_owner_is_asked_nothing(services: Services, garden: Dataset) -> None:
    await services.accounts.ban(OWNER)
    with pytest.raises(SuggestionRefused):
        await suggest(services, garden, pictures(APPLE, 0))


async def test_what_waits_counts_in_the_quota(services: Services, garden: Dataset) -> None:
    services.shares.limits = Limits(photos=3)
    await suggest(services, garden, pictures(APPLE, 0, 1))
    with pytest.raises(QuotaExceeded):
        await suggest(services, garden, pictures(APPLE, 2, 3))
    await suggest(services, garden, pictures(APPLE, 2))
