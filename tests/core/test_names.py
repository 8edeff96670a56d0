"""Names as people write them."""

from __future__ import annotations

import pytest

from core.names import closest, file_name, find

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


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("fruit.onnx", "fruit.onnx"),
        ("Ягоды 2.csv", "Ягоды 2.csv"),
        ("../../x.onnx", "_.._.._x.onnx"),
        ("..\\x.onnx", "_.._x.onnx"),
        ("/etc/passwd", "_etc_passwd"),
        ("C:x.onnx", "C_x.onnx"),
        ("con.onnx", "_con.onnx"),
        ("LPT1", "_LPT1"),
        ("com¹.zip", "_com¹.zip"),
        ("con .onnx", "_con .onnx"),
        ("photo\u202egpj.exe", "photo_gpj.exe"),
        ("a\x00b\nc.zip", "a_b_c.zip"),
        (".hidden", "_.hidden"),
        ("name. . .", "name"),
        ("", "_"),
        ("...", "_"),
        ("\ud800.zip", "_.zip"),
        ("🍓" * 200 + ".onnx", "🍓" * 58 + ".onnx"),
        ("x" * 200 + ".onnx", "x" * 75 + ".onnx"),
    ],
)
def test_a_file_name_is_plain_on_every_system(name: str, kept: str) -> None:
    assert file_name(name) == kept
    assert len(file_name(name).encode()) <= 255
