"""Models shared by links: used, copied, revoked."""

from __future__ import annotations

import re
import secrets

import pytest

from bot.texts import texts_in
from core.entities import Dataset, Limits, LinkKind, Lost, Model, NoNearest, Prediction, Words
from core.errors import (
    DatasetNotFound,
    LinkGone,
    LinkIncomplete,
    LinkIsOwn,
    LinkNotForCopies,
    ModelNotFound,
    QuotaExceeded,
)
from core.models.baseline import FILE, baseline_model
from core.ports import Compute, StoragePorts
from core.services.services import Services
from tests.core.services.steps import BUDGET_S, CHAT, OWNER, STRANGER, fit, photo
from tests.factories import make_image


async def shared(services: Services, dataset: Dataset) -> tuple[Model, str, str]:
    """A model, and the tokens of its links: to use, to copy."""
    model = await fit(services, dataset, "fruits")
    links = await services.links.share(OWNER, model.id)
    return model, links[LinkKind.USE].token, links[LinkKind.COPY].token


async def test_a_model_is_shared_by_two_links_that_stay(
    services: Services, dataset: Dataset
) -> None:
    model, use, copy = await shared(services, dataset)
    links = await services.links.share(OWNER, model.id)
    assert [links[kind].token for kind in LinkKind] == [use, copy]
    assert await services.links.open(STRANGER, use) == (model, LinkKind.USE)
    assert await services.links.open(STRANGER, copy) == (model, LinkKind.COPY)


async def test_tokens_are_128_random_bits_in_22_characters(
    services: Services, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    real = secrets.token_urlsafe

    def counted(size: int) -> str:
        asked.append(size)
        return real(size)

    monkeypatch.setattr(secrets, "token_urlsafe", counted)
    model, *tokens = await shared(services, dataset)
    for kind, token in zip(LinkKind, tokens, strict=True):
        await services.links.renew(OWNER, model.id, kind, token[:6])
    links = await services.links.of_model(OWNER, model.id)
    tokens += [link.token for link in links.values()]
    assert asked == [16] * 4
    assert len(set(tokens)) == 4
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", token) for token in tokens)


@pytest.mark.parametrize("token", ["", "short", "x" * 21, "x" * 23, "x" * 21 + "!", "я" * 22])
async def test_what_is_no_token_is_called_incomplete(services: Services, token: str) -> None:
    with pytest.raises(LinkIncomplete):
        await services.links.open(STRANGER, token)


async def test_a_borrowed_model_answers_until_its_link_is_revoked(
    services: Services, dataset: Dataset
) -> None:
    model, use, _ = await shared(services, dataset)
    with pytest.raises(ModelNotFound):
        await services.models.use(STRANGER, CHAT, model.id)
    await services.links.borrow(STRANGER, use)
    assert await services.models.borrowed(STRANGER) == (model,)
    assert await services.models.find_usable(STRANGER, "Fruits") == model
    await services.models.use(STRANGER, CHAT, model.id)
    answer = await services.predictions.predict(CHAT, [photo(make_image(1, 99_000))])
    assert answer.model == model
    assert isinstance(answer.predictions[0], Prediction)

    await services.links.revoke(OWNER, model.id, LinkKind.USE, use[:6])
    answer = await services.predictions.predict(CHAT, [photo(make_image(1, 99_000))])
    assert answer.model == services.models.baseline
    assert answer.lost == Lost("fruits", is_unshared=True)
    with pytest.raises(ModelNotFound):
        await services.models.use(STRANGER, CHAT, model.id)
    with pytest.raises(LinkGone):
        await services.links.open(STRANGER, use)


async def test_a_new_link_ends_the_old_one_but_nobodys_use(
    services: Services, dataset: Dataset
) -> None:
    model, use, _ = await shared(services, dataset)
    await services.links.borrow(STRANGER, use)
    for _ in range(2):  # the second tap on the same button
        await services.links.renew(OWNER, model.id, LinkKind.USE, use[:6])
    link = (await services.links.of_model(OWNER, model.id))[LinkKind.USE]
    assert (link.token != use, link.people) == (True, 1)
    with pytest.raises(LinkGone):
        await services.links.open(3, use)
    assert await services.models.borrowed(STRANGER) == (model,)


async def test_a_copy_survives_its_original_and_its_owner(
    services: Services, dataset: Dataset
) -> None:
    model, use, copy = await shared(services, dataset)
    with pytest.raises(LinkNotForCopies):
        await services.links.copy(STRANGER, use, 1)
    made = await services.links.copy(STRANGER, copy, 1)
    assert await services.links.copy(STRANGER, copy, 1) == made
    assert (made.name, made.is_copy, made.is_live, made.dataset_id) == ("fruits", True, False, None)
    assert made.card.dataset == ""
    again = await services.links.copy(STRANGER, copy, 2)
    assert again.name == "fruits 2"
    links = await services.links.of_model(OWNER, model.id)
    assert links[LinkKind.COPY].copies == 2
    content = await services.models.file(model)

    await services.accounts.delete(OWNER)
    assert await services.models.file(made) == content
    await services.models.use(STRANGER, CHAT, made.id)
    answer = await services.predictions.predict(CHAT, [photo(make_image(1, 99_000))])
    assert isinstance(answer.predictions[0], Prediction)
    assert answer.predictions[0].label == "pear"


async def test_ones_own_link_is_for_others(services: Services, dataset: Dataset) -> None:
    _, use, copy = await shared(services, dataset)
    for call in (
        services.links.open(OWNER, use),
        services.links.borrow(OWNER, use),
        services.links.copy(OWNER, copy, 1),
    ):
        with pytest.raises(LinkIsOwn, match="fruits"):
            await call
    assert await services.models.borrowed(OWNER) == ()


async def test_a_copy_counts_among_its_takers_models(
    services: Services, dataset: Dataset, storage: StoragePorts, compute: Compute
) -> None:
    _, _, copy = await shared(services, dataset)
    limited = Services(storage, compute, BUDGET_S, baseline_model(), FILE, Limits(models=1))
    await limited.links.copy(STRANGER, copy, 1)
    with pytest.raises(QuotaExceeded):
        await limited.links.copy(STRANGER, copy, 2)
    assert len(await services.models.list(STRANGER)) == 1


async def test_a_borrowed_live_model_follows_its_owner(
    services: Services, dataset: Dataset
) -> None:
    user = await services.users.meet(OWNER, "en")
    garden = await services.teaching.begin(user.id, "garden")
    for label, kind in (("apple", 0), ("pear", 1)):
        photos = [(f"{n}.jpg", photo(make_image(kind, n))) for n in range(3)]
        await services.teaching.teach(garden, label, photos)
    live = await services.teaching.answering(garden, OWNER)
    assert live is not None
    use = (await services.links.share(OWNER, live.id))[LinkKind.USE].token
    await services.links.borrow(STRANGER, use)
    await services.models.use(STRANGER, CHAT, live.id)
    plums = [(f"{n}.jpg", photo(make_image(2, n))) for n in range(3)]
    await services.teaching.teach(garden, "plum", plums)
    answer = await services.predictions.predict(CHAT, [photo(make_image(2, 0))])
    (said,) = answer.predictions
    assert isinstance(said, Prediction)
    assert (said.label, set(answer.model.card.classes)) == ("plum", {"apple", "pear", "plum"})


async def test_taught_photos_stay_their_owners(services: Services, dataset: Dataset) -> None:
    model, use, copy = await shared(services, dataset)
    await services.links.borrow(STRANGER, use)
    made = await services.links.copy(STRANGER, copy, 1)
    names = {label: label for label in model.card.classes}
    for asked in (model, made):
        explained = await services.explanations.explain(
            STRANGER, asked, photo(make_image(1, 99_000)), Words(texts_in("en").charts, names)
        )
        assert explained.explanation.nearest is NoNearest.PRIVATE
    with pytest.raises(DatasetNotFound):
        await services.datasets.get(STRANGER, dataset.id)
