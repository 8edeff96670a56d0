"""The contract of the storage ports: classes of examples that were confirmed."""

from __future__ import annotations

from tests.memory.steps import OWNER, Ports, Steps


async def test_a_class_is_confirmed_until_it_changes(ports: Ports, steps: Steps) -> None:
    dataset, other = await steps.create(), await steps.create("other", {5: "plum"})
    first, second, third = await steps.ids(dataset)
    strange = await steps.ids(other)
    await ports.confirmations.add(OWNER, dataset.id, [first, third, *strange, 10**6])
    await ports.confirmations.add(OWNER, dataset.id, [first])
    assert await ports.confirmations.ids(OWNER, dataset.id) == {first, third}
    assert await ports.confirmations.ids(OWNER, other.id) == set()
    assert (await ports.datasets.get(OWNER, dataset.id)).version == 1, "no edit"
    await ports.examples.relabel(OWNER, dataset.id, [first, second], "plum")
    assert await ports.confirmations.ids(OWNER, dataset.id) == {third}
    await ports.examples.undo(OWNER, dataset.id)
    assert await ports.confirmations.ids(OWNER, dataset.id) == {first, third}


async def test_what_was_confirmed_goes_with_the_example(ports: Ports, steps: Steps) -> None:
    dataset = await steps.create()
    first, second, third = await steps.ids(dataset)
    await ports.confirmations.add(OWNER, dataset.id, [first, second, third])
    await ports.examples.remove(OWNER, dataset.id, [first])
    assert await ports.confirmations.ids(OWNER, dataset.id) == {second, third}
    await ports.datasets.delete(OWNER, dataset.id)
