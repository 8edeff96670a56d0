"""The contract of the storage ports: examples, and edits that can be taken back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import pytest

from core.entities import EditKind, ExampleOrigin
from core.errors import (
    AlreadyUndone,
    DatasetNotFound,
    EditNotLast,
    NothingToChange,
    NothingToUndo,
)
from tests.memory.steps import OWNER, Ports, Steps


async def test_examples_are_found_in_the_order_of_their_ids(ports: Ports, steps: Steps) -> None:
    dataset = await steps.create()
    examples = await steps.examples(dataset)
    ids = [examples[2].id, 10**6, examples[0].id, examples[0].id]
    assert await ports.examples.find(OWNER, dataset.id, ids) == (examples[0], examples[2])
    assert await ports.examples.find(OWNER, dataset.id, []) == ()


async def test_the_examples_of_a_class_come_in_parts(ports: Ports, steps: Steps) -> None:
    dataset = await steps.create(photos={n: "apple" if n % 2 else "pear" for n in range(9)})
    apples = [one for one in await steps.examples(dataset) if one.label == "apple"]
    assert list(await ports.examples.of_class(OWNER, dataset.id, "apple")) == apples
    assert list(await ports.examples.of_class(OWNER, dataset.id, "apple", 1, 2)) == apples[1:3]
    assert list(await ports.examples.of_class(OWNER, dataset.id, "apple", 3, 9)) == apples[3:]
    assert await ports.examples.of_class(OWNER, dataset.id, "Apple") == ()


async def test_each_edit_is_a_version_and_forgets_the_sheet(ports: Ports, steps: Steps) -> None:
    dataset, other = await steps.create(), await steps.create("other", {5: "plum"})
    first, second, third = await steps.ids(dataset)
    edits: Sequence[Callable[[], Awaitable[object]]] = (
        lambda: ports.examples.relabel(OWNER, dataset.id, [first, third], "груша"),
        lambda: ports.examples.set_test(OWNER, dataset.id, [second], is_test=True),
        lambda: ports.examples.rename_class(OWNER, dataset.id, "груша", "pear"),
        lambda: ports.examples.move(OWNER, dataset.id, [third], other.id),
        lambda: ports.examples.remove(OWNER, dataset.id, [first]),
        lambda: ports.examples.undo(OWNER, dataset.id),
    )
    for version, edit in enumerate(edits, start=2):
        await ports.datasets.set_sheet(OWNER, dataset.id, "5" * 64)
        await edit()
        changed = await ports.datasets.get(OWNER, dataset.id)
        assert (changed.version, changed.sheet) == (version, None)
        assert changed.updated_at > dataset.updated_at
    assert changed.classes == {"apple": 1, "pear": 1}
    assert changed.test_images == 1
    history = await ports.examples.history(OWNER, dataset.id)
    assert [(one.number, one.kind, one.changed) for one in history] == [
        (7, EditKind.UNDO, 1),
        (6, EditKind.REMOVE, 1),
        (5, EditKind.MOVE, 1),
        (4, EditKind.RENAME_CLASS, 2),
        (3, EditKind.SET_TEST, 1),
        (2, EditKind.RELABEL, 1),
        (1, EditKind.ADD, 3),
    ]
    assert {(one.dataset_id, one.by_id) for one in history} == {(dataset.id, OWNER)}
    assert [one.at for one in history] == sorted((one.at for one in history), reverse=True)


async def test_what_is_edited_by_hand_says_so(ports: Ports, steps: Steps) -> None:
    dataset = await steps.create()
    first, second, third = await steps.ids(dataset)
    await ports.examples.relabel(OWNER, dataset.id, [first], " plum ")
    await ports.examples.rename_class(OWNER, dataset.id, "груша", "pear")
    await ports.examples.set_test(OWNER, dataset.id, [second], is_test=True)
    assert [(one.label, one.origin, one.is_test) for one in await steps.examples(dataset)] == [
        ("plum", ExampleOrigin.HAND, False),
        ("apple", ExampleOrigin.ARCHIVE, True),
        ("pear", ExampleOrigin.HAND, False),
    ]
    assert await steps.ids(dataset) == [first, second, third]


async def test_an_edit_that_changes_nothing_is_none(ports: Ports, steps: Steps) -> None:
    dataset = await steps.create()
    first, *_ = await steps.ids(dataset)
    for call in (
        ports.examples.relabel(OWNER, dataset.id, [first], "apple"),
        ports.examples.relabel(OWNER, dataset.id, [10**6], "plum"),
        ports.examples.rename_class(OWNER, dataset.id, "apple", "apple"),
        ports.examples.rename_class(OWNER, dataset.id, "unknown", "apple"),
        ports.examples.set_test(OWNER, dataset.id, None, is_test=False),
        ports.examples.set_test(OWNER, dataset.id, [], is_test=True),
        ports.examples.move(OWNER, dataset.id, [first], dataset.id),
        ports.examples.remove(OWNER, dataset.id, []),
    ):
        with pytest.raises(NothingToChange):
            await call
    assert await ports.datasets.get(OWNER, dataset.id) == dataset
    assert len(await ports.examples.history(OWNER, dataset.id)) == 1


async def test_moved_examples_keep_their_ids_and_classes_and_come_last(
    ports: Ports, steps: Steps
) -> None:
    dataset = await steps.create(test=[1])
    other = await steps.create("other", {5: "plum"})
    ids, (plum,) = await steps.ids(dataset), await steps.ids(other)
    target = await ports.examples.move(OWNER, dataset.id, [ids[1], ids[2]], other.id)
    assert (target.id, target.version, target.test_images) == (other.id, 2, 1)
    moved = await steps.examples(other)
    assert [one.label for one in moved] == ["plum", "apple", "груша"]
    assert [one.added_in for one in moved] == [1, 2, 2]
    assert [one.id for one in moved] == [plum, *ids[1:]]
    assert await steps.ids(dataset) == ids[:1]


async def test_edits_are_taken_back_newest_first(ports: Ports, steps: Steps) -> None:
    dataset = await steps.create()
    other = await steps.create("other", {5: "plum"})
    first, second, third = await steps.ids(dataset)
    states = [await steps.examples(dataset)]
    edits: Sequence[Callable[[], Awaitable[object]]] = (
        lambda: ports.examples.relabel(OWNER, dataset.id, [first], "plum"),
        lambda: steps.add(dataset, {7: "plum", 8: "plum"}),
        lambda: ports.examples.rename_class(OWNER, dataset.id, "plum", "слива"),
        lambda: ports.examples.set_test(OWNER, dataset.id, None, is_test=True),
        lambda: ports.examples.move(OWNER, dataset.id, [first, third], other.id),
        lambda: ports.examples.remove(OWNER, dataset.id, [second]),
    )
    for edit in edits:
        await edit()
        states.append(await steps.examples(dataset))
    for before in reversed(states[:-1]):
        await ports.examples.undo(OWNER, dataset.id)
        assert await steps.examples(dataset) == before
    assert await steps.labels(other) == ["plum"]
    for one in (dataset, other):
        with pytest.raises(NothingToUndo):
            await ports.examples.undo(OWNER, one.id)
    assert (await ports.datasets.get(OWNER, dataset.id)).version == 13
    assert (await ports.datasets.get(OWNER, other.id)).version == 3


async def test_a_move_is_taken_back_from_either_side_once(ports: Ports, steps: Steps) -> None:
    dataset = await steps.create()
    other = await steps.create("other", {5: "plum"})
    before = await steps.examples(dataset)
    await ports.examples.move(OWNER, dataset.id, [before[0].id], other.id)
    assert (await ports.examples.undo(OWNER, other.id)).classes == {"plum": 1}
    assert await steps.examples(dataset) == before
    with pytest.raises(NothingToUndo):
        await ports.examples.undo(OWNER, dataset.id)


async def test_moved_examples_leave_with_the_dataset_that_they_are_in(
    ports: Ports, steps: Steps
) -> None:
    dataset = await steps.create()
    other = await steps.create("other", {5: "plum"})
    first, *rest = await steps.examples(dataset)
    await ports.examples.move(OWNER, dataset.id, [first.id], other.id)
    await ports.datasets.delete(OWNER, other.id)
    with pytest.raises(NothingToUndo):
        await ports.examples.undo(OWNER, dataset.id)
    assert await steps.examples(dataset) == tuple(rest)
    await ports.files.tidy(keep_s=3600)
    assert await steps.photos() == {one.photo.sha256 for one in rest}


async def test_an_example_that_was_moved_on_returns_to_where_the_undone_move_took_it_from(
    ports: Ports, steps: Steps
) -> None:
    one = await steps.create("one", {0: "apple"})
    two = await steps.create("two", {5: "plum"})
    three = await steps.create("three", {6: "plum"})
    before = await steps.examples(one)
    await ports.examples.move(OWNER, one.id, [before[0].id], two.id)
    await ports.examples.move(OWNER, two.id, [before[0].id], three.id)
    await ports.examples.undo(OWNER, one.id)
    assert await steps.examples(one) == before
    assert [await steps.labels(dataset) for dataset in (two, three)] == [["plum"], ["plum"]]
    with pytest.raises(NothingToUndo):
        await ports.examples.undo(OWNER, three.id)


async def test_a_photo_that_is_there_under_the_same_class_is_not_doubled(
    ports: Ports, steps: Steps
) -> None:
    one = await steps.create("one", {0: "apple", 1: "apple"})
    two = await steps.create("two", {0: "apple", 1: "plum"})
    before = await steps.examples(one)
    target = await ports.examples.move(OWNER, one.id, [example.id for example in before], two.id)
    assert target.classes == {"apple": 2, "plum": 1}
    await ports.examples.undo(OWNER, one.id)
    assert await steps.examples(one) == before
    assert await steps.labels(two) == ["apple", "plum"]


async def test_all_examples_of_a_photo_get_the_class_that_one_is_given(
    ports: Ports, steps: Steps
) -> None:
    dataset = await steps.create(photos={0: "apple", 1: "apple"})
    await steps.add(dataset, {0: "pear"})
    first, _, again = await steps.ids(dataset)
    await ports.examples.relabel(OWNER, dataset.id, [again], "plum")
    assert await steps.labels(dataset) == ["plum", "apple", "plum"]
    await ports.examples.undo(OWNER, dataset.id)
    await ports.examples.relabel(OWNER, dataset.id, [first], "pear")
    assert await steps.labels(dataset) == ["pear", "apple", "pear"]


async def test_an_addition_leaves_what_is_there_and_what_was_given_by_hand(
    ports: Ports, steps: Steps
) -> None:
    """The dataset may have changed since the archive was compared with it."""
    dataset = await steps.create()
    await ports.examples.relabel(OWNER, dataset.id, (await steps.ids(dataset))[:1], "plum")
    grown = await steps.add(dataset, {0: "apple", 1: "apple", 2: "plum", 3: "plum"})
    assert await steps.labels(grown) == ["plum", "apple", "груша", "plum", "plum"]
    (edit, *_) = await ports.examples.history(OWNER, dataset.id)
    assert edit.changed == 2


async def test_the_upload_that_made_a_dataset_is_not_taken_back(ports: Ports, steps: Steps) -> None:
    dataset = await steps.create()
    with pytest.raises(NothingToUndo):
        await ports.examples.undo(OWNER, dataset.id)
    with pytest.raises(DatasetNotFound):
        await ports.examples.undo(OWNER, 10**6)
    assert await ports.datasets.get(OWNER, dataset.id) == dataset


async def test_the_last_edit_says_what_it_changed(ports: Ports, steps: Steps) -> None:
    dataset, other = await steps.create(), await steps.create("other", {5: "plum"})
    first, second, third = await steps.ids(dataset)
    assert await ports.examples.last_edit(OWNER, dataset.id) is None
    added = await steps.add(dataset, {7: "plum", 8: "plum", 0: "plum"})
    said = [await ports.examples.last_edit(OWNER, dataset.id)]
    for edit in (
        lambda: ports.examples.relabel(OWNER, dataset.id, [second, third], "plum"),
        lambda: ports.examples.rename_class(OWNER, dataset.id, "plum", "слива"),
        lambda: ports.examples.set_test(OWNER, dataset.id, [second], is_test=True),
        lambda: ports.examples.move(OWNER, dataset.id, [third], other.id),
        lambda: ports.examples.remove(OWNER, dataset.id, [first]),
    ):
        await edit()
        said.append(await ports.examples.last_edit(OWNER, dataset.id))
    assert [(one.edit.kind, one.before, one.after) for one in said if one] == [
        (EditKind.ADD, {}, {"plum": 3}),
        (EditKind.RELABEL, {"apple": 1, "груша": 1}, {"plum": 2}),
        (EditKind.RENAME_CLASS, {"plum": 5}, {"слива": 5}),
        (EditKind.SET_TEST, {"слива": 1}, {"слива": 1}),
        (EditKind.MOVE, {"слива": 1}, {}),
        (EditKind.REMOVE, {"apple": 1}, {}),
    ]
    assert said[0]
    assert said[0].edit.number == added.version
    given = await ports.examples.last_edit(OWNER, other.id)
    assert given
    assert (given.edit.kind, given.before, given.after) == (EditKind.MOVE, {}, {"слива": 1})


async def test_a_certain_edit_is_taken_back_only_while_it_is_the_last(
    ports: Ports, steps: Steps
) -> None:
    dataset = await steps.create()
    first, second, _ = await steps.ids(dataset)
    earlier = await ports.examples.remove(OWNER, dataset.id, [first])
    later = await ports.examples.remove(OWNER, dataset.id, [second])
    with pytest.raises(EditNotLast):
        await ports.examples.undo(OWNER, dataset.id, earlier.version)
    assert await ports.datasets.get(OWNER, dataset.id) == later
    await ports.examples.undo(OWNER, dataset.id, later.version)
    with pytest.raises(EditNotLast):
        await ports.examples.undo(OWNER, dataset.id, later.version)
    undone = await ports.examples.undo(OWNER, dataset.id, earlier.version)
    assert undone.classes == dataset.classes
    with pytest.raises(NothingToUndo):
        await ports.examples.undo(OWNER, dataset.id, earlier.version)


async def test_a_request_to_undo_is_fulfilled_once(ports: Ports, steps: Steps) -> None:
    dataset = await steps.create()
    first, second, third = await steps.ids(dataset)
    for one in (first, second, third):
        await ports.examples.remove(OWNER, dataset.id, [one])
    await ports.examples.undo(OWNER, dataset.id, request=7)
    with pytest.raises(AlreadyUndone):
        await ports.examples.undo(OWNER, dataset.id, request=7)
    assert await steps.ids(dataset) == [third]
    await ports.examples.undo(OWNER, dataset.id, request=8)
    assert await steps.ids(dataset) == [second, third]
