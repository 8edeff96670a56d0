"""The contract of the storage ports: datasets that are taught, and their live models."""

from __future__ import annotations

import pytest

from core.entities import ExampleOrigin, Lost
from core.errors import DatasetNotFound, NameInvalid, NameTaken, NothingToChange, NothingToUndo
from tests.cards import make_default, make_fitted
from tests.memory.steps import OWNER, STRANGER, Ports, Steps


async def test_a_dataset_begins_without_examples_and_is_the_current_one(ports: Ports) -> None:
    dataset = await ports.datasets.begin(OWNER, "garden")
    assert (dataset.name, dataset.version, dataset.classes) == ("garden", 1, {})
    assert (await ports.users.get(OWNER, "en")).dataset_id == dataset.id
    with pytest.raises(NameTaken):
        await ports.datasets.begin(OWNER, "Garden")
    with pytest.raises(NameInvalid):
        await ports.datasets.begin(OWNER, "")
    with pytest.raises(NothingToUndo):
        await ports.examples.undo(OWNER, dataset.id)


async def test_a_lesson_is_one_edit_that_can_be_undone(ports: Ports, steps: Steps) -> None:
    empty = await ports.datasets.begin(OWNER, "garden")
    taught = await steps.teach(empty, "mango", [1, 2])
    assert (taught.version, taught.classes) == (2, {"mango": 2})
    assert {one.origin for one in await steps.examples(taught)} == {ExampleOrigin.HAND}
    assert (await ports.examples.history(OWNER, empty.id))[0].changed == 2
    assert (await ports.examples.undo(OWNER, empty.id)).classes == {}


async def test_of_two_classes_the_one_taught_last_wins(ports: Ports, steps: Steps) -> None:
    dataset = await steps.create(photos={0: "apple", 1: "apple", 2: "pear"})
    taught = await steps.teach(dataset, "plum", [1, 7])
    assert taught.classes == {"apple": 1, "pear": 1, "plum": 2}
    assert (await ports.examples.history(OWNER, dataset.id))[0].changed == 2
    undone = await ports.examples.undo(OWNER, dataset.id)
    assert undone.classes == {"apple": 2, "pear": 1}


async def test_a_photo_of_the_test_set_is_learned_once_it_is_taught(
    ports: Ports, steps: Steps
) -> None:
    dataset = await steps.create(photos={0: "apple", 1: "apple"}, test=[1])
    taught = await steps.teach(dataset, "apple", [1])
    assert (taught.test_images, taught.training_classes) == (0, {"apple": 2})
    assert (await ports.examples.undo(OWNER, dataset.id)).test_images == 1


async def test_what_is_known_already_is_no_edit(ports: Ports, steps: Steps) -> None:
    dataset = await ports.datasets.begin(OWNER, "garden")
    taught = await steps.teach(dataset, "mango", [1, 2])
    with pytest.raises(NothingToChange):
        await steps.teach(dataset, "mango", [2, 1])
    assert await ports.datasets.get(OWNER, dataset.id) == taught
    assert (await steps.teach(dataset, "mango", [2, 3])).classes == {"mango": 3}


async def test_an_upload_does_not_change_what_was_taught(ports: Ports, steps: Steps) -> None:
    dataset = await ports.datasets.begin(OWNER, "garden")
    await steps.teach(dataset, "mango", [1])
    added = await steps.add(dataset, {1: "apple", 2: "apple"})
    assert added.classes == {"apple": 1, "mango": 1}


async def test_a_strangers_dataset_is_not_taught(ports: Ports, steps: Steps) -> None:
    dataset = await ports.datasets.begin(OWNER, "garden")
    await ports.users.get(STRANGER, "en")
    with pytest.raises(DatasetNotFound):
        await steps.teach(dataset, "mango", [1], owner_id=STRANGER)
    with pytest.raises(DatasetNotFound):
        await ports.models.put_live(STRANGER, dataset.id, "garden", "a" * 64, make_fitted())
    assert await ports.models.find_live(STRANGER, dataset.id) is None


async def test_a_dataset_has_one_live_model_which_is_replaced(ports: Ports, steps: Steps) -> None:
    dataset = await ports.datasets.begin(OWNER, "garden")
    assert await ports.models.find_live(OWNER, dataset.id) is None
    first = await ports.models.put_live(OWNER, dataset.id, "garden", "a" * 64, make_fitted())
    assert (first.name, first.is_live, first.dataset_id) == ("garden", True, dataset.id)
    second = await ports.models.put_live(OWNER, dataset.id, "other", "b" * 64, make_fitted())
    assert (second.id, second.name, second.file) == (first.id, "garden", "b" * 64)
    assert await ports.models.list(OWNER) == (second,)
    assert await ports.models.find_live(OWNER, dataset.id) == second


async def test_a_live_models_name_is_its_owners_only_one(ports: Ports, steps: Steps) -> None:
    fitted = await steps.make_model("garden")
    assert not fitted.is_live
    dataset = await ports.datasets.begin(OWNER, "garden")
    with pytest.raises(NameTaken):
        await ports.models.put_live(OWNER, dataset.id, "garden", "a" * 64, make_fitted())


async def test_the_live_model_takes_its_datasets_new_name(ports: Ports, steps: Steps) -> None:
    fitted = await steps.make_model("Kiwi")
    dataset = await ports.datasets.begin(OWNER, "garden")
    live = await ports.models.put_live(OWNER, dataset.id, "garden", "a" * 64, make_fitted())
    for name, taken in (("orchard", "orchard"), ("kiwi", "kiwi 2"), ("KIWI", "KIWI 2")):
        await ports.datasets.rename(OWNER, dataset.id, name)
        renamed = await ports.models.find(OWNER, taken)
        assert (renamed.id, renamed.card.dataset) == (live.id, name)
        assert (renamed.number, renamed.file) == (live.number, live.file)
    assert await ports.models.get(OWNER, fitted.id) == fitted


async def test_the_live_model_goes_with_its_dataset_and_chats_are_told(
    ports: Ports, steps: Steps
) -> None:
    fitted = await steps.make_model("fitted")
    dataset = await ports.datasets.begin(OWNER, "garden")
    live = await ports.models.put_live(OWNER, dataset.id, "garden", "a" * 64, make_fitted())
    for chat_id in (1, 2, 3):
        await ports.chats.activate(chat_id, OWNER, live.id)
    await ports.chats.activate(4, OWNER, fitted.id)
    await ports.datasets.delete(OWNER, dataset.id)
    assert await ports.models.list(OWNER) == (fitted,)
    default = make_default()
    assert await ports.chats.active_model(1, default) == default
    assert [await ports.chats.take_lost(1) for _ in range(2)] == [Lost("garden"), None]
    assert await ports.chats.active_model(1, default) == default
    await ports.chats.activate(2, OWNER, fitted.id)
    assert await ports.chats.take_lost(2) is None, "another one was chosen"
    assert await ports.chats.active_model(2, default) == fitted
    await ports.chats.move(3, 5)
    assert await ports.chats.take_lost(3) is None
    assert await ports.chats.take_lost(5) == Lost("garden")
    assert await ports.chats.take_lost(4) is None
    assert await ports.chats.active_model(4, default) == fitted


async def test_a_chat_that_lost_its_model_can_be_without_one(ports: Ports, steps: Steps) -> None:
    model = await steps.make_model("fitted")
    await ports.chats.activate(1, OWNER, model.id)
    await ports.models.delete(OWNER, model.id)
    assert await ports.chats.deactivate(1)
    assert await ports.chats.active_model(1, make_default()) is None
    assert await ports.chats.take_lost(1) is None


async def test_what_is_being_taught_is_kept_for_the_user(ports: Ports) -> None:
    await ports.users.get(OWNER, "en")
    await ports.users.set_teaching(OWNER, '{"label": "mango"}')
    assert (await ports.users.get(OWNER, "en")).teaching == '{"label": "mango"}'
    await ports.users.get(STRANGER, "en")
    assert [user.id for user in await ports.users.teaching()] == [OWNER]
    await ports.users.set_zips(STRANGER, "[]")
    assert [user.id for user in await ports.users.with_zips()] == [STRANGER]
    await ports.users.set_teaching(OWNER, None)
    assert (await ports.users.get(OWNER, "en")).teaching is None
    assert await ports.users.teaching() == ()
