"""Teachable Machine's own library, from npm, in Chromium: it loads a folder as any page that uses it does."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, Route

from tests.chromium import CHROMIUM, browsing
from tests.core.export.browser import PATIENCE_MS

VENDOR = Path(__file__).parent / "teachable" / "vendor"
SCRIPTS = ("tf.min.js", "teachablemachine-image.min.js")
ADDRESS = "http://folder.test/"

needs_library = pytest.mark.skipif(
    not all((VENDOR / name).exists() for name in SCRIPTS) or CHROMIUM is None,
    reason="there is no Chromium, or no library of Teachable Machine: run `make web-tests`, which needs npm",
)

_LOADS = {
    "load": """async () => { window.model = await tmImage.load("model.json", "metadata.json"); }""",
    "loadFromFiles": """async () => {
        const [model, weights, metadata] = await Promise.all(
            ["model.json", "weights.bin", "metadata.json"].map(async name =>
                new File([await (await fetch(name)).blob()], name)));
        window.model = await tmImage.loadFromFiles(model, weights, metadata); }""",
}
_PREDICT = """async address => {
    const image = new Image();
    image.src = address;
    await image.decode();
    const answers = await model.predict(image);
    return Object.fromEntries(answers.map(one => [one.className, one.probability])); }"""


class Library:
    """A page that has the library, and a folder."""

    def __init__(self, page: Page, folder: bytes) -> None:
        self.page = page
        self.errors: list[str] = []
        with zipfile.ZipFile(io.BytesIO(folder)) as archive:
            self._files = {name: archive.read(name) for name in archive.namelist()}
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    async def open(self) -> None:
        await self.page.route("**/*", self._serve)
        await self.page.goto(ADDRESS)
        for name in SCRIPTS:
            await self.page.add_script_tag(path=VENDOR / name)

    async def load(self, how: str = "load") -> dict[str, Any]:
        """Loads the folder by this function of the library, and returns what it says of it."""
        await self.page.evaluate(_LOADS[how])
        found: dict[str, Any] = await self.page.evaluate(
            """({version: tf.version.tfjs, classes: model.getTotalClasses(), labels: model.getClassLabels(),
                metadata: model.getMetadata()})"""
        )
        return found

    async def predict(self, photo: bytes) -> Mapping[str, float]:
        """The probability of each class."""
        # Under a name of its own: the browser remembers pictures by their addresses.
        name = f"photo{len(self._files)}"
        self._files[name] = photo
        answers: dict[str, float] = await self.page.evaluate(_PREDICT, f"{ADDRESS}{name}")
        return answers

    async def _serve(self, route: Route) -> None:
        name = route.request.url.removeprefix(ADDRESS)
        if not name:
            await route.fulfill(
                body="<!doctype html><meta charset=utf-8>", content_type="text/html"
            )
        elif name in self._files:
            await route.fulfill(body=self._files[name])
        else:
            await route.abort()


@asynccontextmanager
async def library_with(folder: bytes) -> AsyncIterator[Library]:
    """The library in a browser of its own, which reaches nothing else than the folder and one photo at a time."""
    async with browsing() as browser:
        library = Library(await browser.new_page(), folder)
        await library.open()
        yield library
