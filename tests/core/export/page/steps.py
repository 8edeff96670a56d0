"""Pictures for the page, and what the bot says of them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from core.entities import ExportNames, Prediction
from core.features.registry import make_extractor
from core.models import modelfile, prediction
from core.models.baseline import FILE
from core.photos.images import decode
from tests.chromium import needs_browser
from tests.core.export.browser import Shown, needs_runtime

NAMES = ExportNames(
    titles={"en": "Fruit & <vegetables>", "ru": "Фрукты и овощи"},
    classes={"ru": {"Apple": "Яблоко", "Lemon": "Лимон"}},
)
# The network's numbers are rounded to eight bits after each layer, and where sums of floats end a hair apart, they
# are rounded differently: by ONNX Runtime in WebAssembly, and natively with another optimization, by as much.
MOST_APART = 0.1
PHOTOS, MOST_OTHERS = 20, 1


def in_browser(test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """A test with `browser` or `page`, which live as long as the module's event loop."""
    in_one_loop = pytest.mark.asyncio(loop_scope="module")
    found: Callable[..., Awaitable[None]] = needs_runtime(needs_browser(in_one_loop(test)))
    return found


def with_score(page_file: Path, accuracy: str, out: Path) -> Path:
    """The page of a model that was right on this share."""
    content, changed = re.subn(
        r'("scores": {"accuracy": )[0-9.]+', rf"\g<1>{accuracy}", page_file.read_text("utf-8")
    )
    assert changed == 1
    out.write_text(content, "utf-8")
    return out


def said_by_bot(photo: bytes, file: Path = FILE) -> Prediction:
    model = modelfile.load(file)
    return prediction.predict(model, decode(photo, make_extractor(model.card.recipe).side))


def check_same(shown: Shown, photo: bytes) -> None:
    said = said_by_bot(photo)
    assert shown.label in _named_at_most_apart(said)
    assert said.probability is not None
    assert shown.probability == pytest.approx(said.probability, abs=MOST_APART)


def _named_at_most_apart(said: Prediction) -> set[str]:
    """The classes that the bot holds as likely as the one it names, but for what is rounding."""
    least = (said.probability or 0.0) - MOST_APART
    return {label for label, probability in said.top if (probability or 0.0) >= least}


def upload(content: bytes, name: str = "photo.jpg", kind: str = "image/jpeg") -> dict[str, object]:
    return {"name": name, "mimeType": kind, "buffer": content}
