"""The baseline: a model of fruit and vegetables that comes with the program; every chat starts with
it.

The chat's process imports this module, so it reads the card alone, without numpy. `python -m
core.models.baseline DATA` makes the files anew.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from core.entities import BASELINE_NAME, Model, ModelCard, ModelKind
from core.serialization import from_json

FILE = Path(__file__).with_name("fruit_and_vegetables.onnx")
"""The classifier alone, its card beside it: the network is built from its package."""


@lru_cache
def baseline_model() -> Model:
    """The baseline with its card, read once per process; id and owner are 0."""
    card = from_json(FILE.with_name(f"{FILE.name}.json").read_text("utf-8"), ModelCard)
    return Model(
        id=0,
        owner_id=0,
        name=BASELINE_NAME,
        kind=ModelKind.BASELINE,
        file="",
        card=card,
        created_at=card.created_at,
    )
