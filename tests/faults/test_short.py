"""The short form of each script: fixed seeds, and no limit that a busy machine would miss."""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path

import pytest

from bot.captions import class_named
from bot.commands import fit_words
from bot.commands.choice import Choice
from bot.commands.compare import decode_ids
from bot.keyboards import MAX_NUMBER, Press, StalePress
from core.entities import FittedModel
from core.errors import BadInput, LabelInvalid, LukoshkoError, ModelUnreadable
from core.jobs.answers import decode, encode
from core.models.modelfile import load
from core.names import clean, file_name
from core.serialization import from_json, to_json
from tests.cards import make_card
from tests.faults import full_disk, hog, kill_fits, mutations

PATIENT_S = 60.0


async def test_three_hundred_mutations_are_survived() -> None:
    outcome = await mutations.run(300, 1, absurd=False, hang_s=PATIENT_S, say=lambda text: None)
    assert outcome.failures == []
    assert sum(outcome.counts.values()) == 300


@pytest.mark.skipif(os.name == "nt", reason="Windows limits no memory")
async def test_a_hog_and_a_hang_leave_a_fit_as_it_is() -> None:
    outcome = await hog.run(1, piece_bytes=hog.HOG_BYTES)
    assert outcome.failures == []


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_fits_outlive_kills(tmp_path: Path) -> None:
    outcome = kill_fits.run(tmp_path, 2)
    assert outcome.failures == []
    assert sum(outcome.states.values()) >= 1


@pytest.mark.parametrize(
    ("scratch_too", "only"), [(False, ("upload", "lesson")), (True, ("predict", "fit"))]
)
def test_a_full_disk_is_told_and_costs_nothing(
    tmp_path: Path, scratch_too: bool, only: tuple[str, ...]
) -> None:
    try:
        outcome = full_disk.run(tmp_path, scratch_too=scratch_too, only=only)
    except full_disk.CannotMount as error:
        pytest.skip(f"no tmpfs can be mounted here: {error}")
    assert outcome.failures == []
    assert outcome.steps == len(only)


def words(rng: random.Random) -> str:
    """Words as people, and machines, type them."""
    parts = (
        "fruits",
        "hog",
        "svc",
        "rbf",
        "C",
        "=",
        "1",
        "1e999",
        "nan",
        "-1",
        "yes",
        "name=",
        '"',
        "«",
        " ",
    )
    chosen = (*parts, *mutations.NAMES, "9" * 5_000, "\x00", "\ud800", "=", "/", "x" * 300, "\n")
    return "".join(rng.choice(chosen) + rng.choice(("", " ")) for _ in range(rng.randint(0, 60)))


@pytest.mark.parametrize("seed", range(0, 600, 100))
def test_any_words_of_a_fit_are_understood_or_refused(seed: int) -> None:
    for number in range(seed, seed + 100):
        began = time.monotonic()
        try:
            fit_words.parse(words(random.Random(number)), [])
        except LukoshkoError as refusal:
            said = str(refusal)
        else:
            said = ""
        assert len(said) < 1_500, number
        assert time.monotonic() - began < 5, number


def test_two_thousand_words_take_no_time() -> None:
    for text in ("a " * 2_000, "x=1 " * 1_000, '"' * 4_000, "C=" + "9" * 4_090):
        began = time.monotonic()
        with pytest.raises(BadInput):
            fit_words.parse(text, [])
        assert time.monotonic() - began < 5


def test_any_caption_names_a_class_or_none_or_is_refused() -> None:
    for number in range(1_000):
        try:
            named = class_named(words(random.Random(number)))
        except LabelInvalid:
            continue
        assert named is None or clean(named), number


def test_any_button_data_is_read_or_stale() -> None:
    numbers = ("0", "-1", "1", str(MAX_NUMBER), str(MAX_NUMBER + 1), "9" * 60, "٣", "1e5", "", "x")
    for number in range(3_000):
        rng = random.Random(number)
        parts = [
            rng.choice((*numbers, "fit", "models", *mutations.NAMES))
            for _ in range(rng.randint(0, 6))
        ]
        try:
            press = Press.decode(":".join(parts))
            assert 0 <= press.owner_id <= MAX_NUMBER
            for position in range(4):
                assert 0 <= press.number(position) <= MAX_NUMBER
        except StalePress:
            pass
        for read in (decode_ids, Choice.decode):
            try:
                read(".".join(parts) if read is decode_ids else "-".join(parts))
            except StalePress:
                continue


def test_any_file_name_is_plain() -> None:
    for number in range(1_000):
        name = file_name(words(random.Random(number)))
        assert 0 < len(name.encode()) <= 255
        assert not set(name) & set('/\\:*?"<>|\x00\n\u202e')
        assert not name.startswith("."), number


def test_a_changed_card_is_read_or_refused(tmp_path: Path) -> None:
    card = make_card()
    text = to_json(card).encode()
    for number in range(500):
        changed = mutations.mutated(text, random.Random(number))
        try:
            from_json(changed.decode("utf-8", "replace"), type(card))
        except ValueError:
            continue
    assert decode(encode(FittedModel("/m", card)), FittedModel).card == card


def test_a_changed_model_is_read_or_refused(tmp_path: Path) -> None:
    model = mutations.BASELINE.read_bytes()
    path = tmp_path / "model.onnx"
    for number in range(30):
        rng = random.Random(number)
        changed = bytearray(model)
        for _ in range(8):
            # The card is the end of the file, and what a reader sees first is the start.
            at = rng.choice((rng.randrange(2_000), -1 - rng.randrange(20_000)))
            changed[at] ^= 1 << rng.randrange(8)
        path.write_bytes(changed)
        try:
            load(path)
        except ModelUnreadable:
            continue
