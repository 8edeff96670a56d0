"""A model as one HTML file that answers in any browser, without a network.

Its own words are in `web/words.json`, beside what shows them, in every language at once: a page leaves with all of
them, whoever made it, and the command line has no catalogue. The names of a model and its classes come from who asks for the page.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Mapping
from html import escape

import onnx

from core.entities import ExportNames, ModelCard
from core.errors import PageTooLarge
from core.export.page_model import Places, page_model, with_half_weights
from core.export.web_runtime import FOLDER, WebRuntime, web_runtime
from core.models import modelfile
from core.models.prediction import SURE_PROBABILITY
from core.photos.images import MIN_SIDE
from core.sealed import Stored
from core.serialization import to_plain

MAX_MEGABYTES = 20
LANGUAGES = ("en", "ru")

# The least probability of a second class that an answer names as possible, and the one from which on a class is in
# doubt only because the photo is unlike those that taught it: as in the chat.
_POSSIBLE, _CERTAIN = 0.05, 0.9
_POLICY = (
    "default-src 'none'; script-src '{script}' 'wasm-unsafe-eval'; style-src '{style}'; "
    "worker-src blob:; img-src blob:; base-uri 'none'; form-action 'none'"
)
_MARKER = re.compile(r"\{\{(\w+)\}\}")


def make_page(file: Stored, names: ExportNames | None = None) -> bytes:
    """The page of a model file. names : as in `core.ports.Exporting`.

    Raises WebRuntimeMissing; ModelUnreadable; NotExportable if ONNX can't compute the features; PageTooLarge if
    the page has more than MAX_MEGABYTES even with its network in 16 bits.
    """
    runtime = web_runtime()
    card = modelfile.load(file.path, file.key).card
    names = names or ExportNames(dict.fromkeys(LANGUAGES, card.dataset))
    model = page_model(file, card)
    settings = _settings(card, names, model.side, model.places)
    page = _filled(runtime, settings, names, model.network, model.head)
    if _is_too_large(page):
        page = _filled(runtime, settings, names, with_half_weights(model.network), model.head)
    if _is_too_large(page):
        raise PageTooLarge(megabytes=round(len(page) / 1e6), most=MAX_MEGABYTES)
    return page


def _is_too_large(page: bytes) -> bool:
    return len(page) > MAX_MEGABYTES * 1_000_000


def _filled(
    runtime: WebRuntime,
    settings: Mapping[str, object],
    names: ExportNames,
    network: onnx.ModelProto,
    head: onnx.ModelProto,
) -> bytes:
    style, script = _read("page.css"), _page_script()
    parts = {
        "title": escape(names.titles[LANGUAGES[0]]),
        "style": style,
        "script": script,
        "policy": _POLICY.format(script=_digest(script), style=_digest(style)),
        "settings": _json(settings),
        "words": _json(json.loads(_read("words.json"))),
        "runtime": _packed(f"{runtime.script}\n{_read('worker.js')}".encode()),
        "wasm": _packed(runtime.wasm),
        "network": _packed(network.SerializeToString()),
        "head": _packed(head.SerializeToString()),
        "notices": _packed(runtime.notices.encode()),
    }
    # In one pass, so that nothing that was filled in is looked at again.
    return _MARKER.sub(lambda marker: parts[marker[1]], _read("page.html")).encode()


def _settings(
    card: ModelCard, names: ExportNames, side: int, places: Places | None
) -> dict[str, object]:
    test, origin = card.report.test, card.origin
    accuracy, n = (test.accuracy, test.n) if test else (card.report.accuracy, card.report.n_test)
    return {
        "titles": to_plain(names.titles),
        "names": to_plain(names.classes),
        "classes": list(card.classes),
        "probabilities": card.probabilities,
        "threshold": card.threshold,
        "sure_threshold": card.sure_threshold,
        "sure_probability": SURE_PROBABILITY,
        "possible": _POSSIBLE,
        "certain": _CERTAIN,
        "side": side,
        "least_side": MIN_SIDE,
        "places": to_plain(places),
        "scores": {"accuracy": accuracy, "n": n},
        "origin": to_plain(origin),
    }


def _page_script() -> str:
    """All scripts of the page as one, whose names are its own."""
    parts = [path.read_text("utf-8") for path in sorted((FOLDER / "scripts").glob("*.js"))]
    return "\n".join(['"use strict";\n{', *parts, "}\n"])


def _read(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")


def _packed(content: bytes) -> str:
    """As the page unpacks it. Without a time, so that the same model makes the same page."""
    return base64.b64encode(gzip.compress(content, mtime=0)).decode("ascii")


def _json(content: object) -> str:
    """JSON that no HTML parser takes for the end of its element."""
    return json.dumps(content, ensure_ascii=False).replace("<", "\\u003c")


def _digest(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
