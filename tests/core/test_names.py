"""Names as people write them."""

from __future__ import annotations

from core.names import closest, find

CLASSES = ["apple", "Apple", "pear", "Груша", "red grapefruit"]


def test_a_name_is_found_in_any_case() -> None:
    assert find(" PEAR ", CLASSES) == "pear"
    assert find("груша", CLASSES) == "Груша"
    assert find("Apple", CLASSES) == "Apple", "the spelling counts where there are two"
    assert find("fig", CLASSES) is None


def test_what_is_close_to_a_name_may_be_meant() -> None:
    assert closest("red", CLASSES) == ["red grapefruit"]
    assert closest("peer", CLASSES) == ["pear"]
    assert closest("груши", CLASSES) == ["Груша"]
    assert closest("zebra", CLASSES) == []
    assert closest("", CLASSES) == []
