"""ONNX Runtime for browsers, as `make web` puts it beside the page's own files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from core.errors import WebRuntimeMissing

FOLDER = Path(str(resources.files("core.export.web")))
VENDOR = FOLDER / "vendor"
_SCRIPT, _WASM = "ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm"
_NOTICES = ("LICENSE", "ThirdPartyNotices.txt")
_EXPORTS = re.compile(r"\bexport\{([^}]*)\};?")


@dataclass(frozen=True)
class WebRuntime:
    """script : JavaScript that gives a worker the global `ort`. wasm : the binary that it needs. notices : the
    licences of both."""

    script: str
    wasm: bytes
    notices: str


def web_runtime() -> WebRuntime:
    """Raises WebRuntimeMissing where `make web` was not run."""
    try:
        module = (VENDOR / _SCRIPT).read_text("utf-8")
        wasm = (VENDOR / _WASM).read_bytes()
    except FileNotFoundError as error:
        raise WebRuntimeMissing from error
    return WebRuntime(classic_script(module), wasm, _notices())


def is_there() -> bool:
    """Return whether pages can be made here."""
    return all((VENDOR / name).exists() for name in (_SCRIPT, _WASM))


def classic_script(module: str) -> str:
    """A module's source as a script that sets `ort`: browsers refuse workers that are modules, and imports of
    Blobs in workers, where the page is a file. Raises ValueError if it is not written as expected."""
    found = _EXPORTS.findall(module)
    if len(found) != 1:
        raise ValueError(f"{_SCRIPT} has {len(found)} lists of exports, and one is expected")
    pairs = (entry.split(" as ") for entry in found[0].split(","))
    names = ",".join(f"{outer}:{inner}" for inner, outer in pairs)
    script = _EXPORTS.sub(lambda _: f"const ort={{{names}}};", module)
    # Its own address, which it needs for nothing else than to start more threads.
    script = script.replace("import.meta.url", '""')
    return re.sub(r"^//# sourceMappingURL=.*$", "", script, flags=re.MULTILINE)


def _notices() -> str:
    """The npm package has no licence files; those of the Python package are of the same source."""
    folder = resources.files("onnxruntime")
    return "\n\n".join((folder / name).read_text("utf-8") for name in _NOTICES)
