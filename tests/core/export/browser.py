"""A model's page in Chromium, opened from a file, without a network."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from core.export import web_runtime

# For the browser: a camera that shows a test picture, and nobody to be asked for it.
CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
# Long, for machines that do much else.
PATIENCE_MS = 120_000

needs_runtime = pytest.mark.skipif(
    not web_runtime.is_there(), reason="there is no web runtime: run `make web`, which needs npm"
)


@dataclass(frozen=True)
class Shown:
    """What the page shows. label : "" where it shows no answer. probability : None where it says none."""

    state: str
    label: str
    probability: float | None
    text: str


class OpenPage:
    """The page, as a person uses it. errors : what the browser complained of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._note)

    def _note(self, message: Any) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    async def open(self, path: Path) -> None:
        """Returns when it is ready for photos."""
        await self.page.goto(path.as_uri())
        await self.page.wait_for_selector("#result[data-state=ready]")

    async def answer(self, photo: Path | dict[str, Any]) -> Shown:
        """Chooses a photo."""
        turn = await self.turn()
        await self.page.set_input_files("#file", photo)
        return await self.after(turn)

    async def turn(self) -> int:
        return int(await self.page.get_attribute("#result", "data-turn") or 0)

    async def after(self, turn: int) -> Shown:
        """What is shown once a later photo than that of the turn has its answer, or an error."""
        await self.page.wait_for_function(
            """turn => { const shown = document.getElementById("result").dataset;
                return shown.turn > turn && shown.state !== "looking"; }""",
            arg=turn,
        )
        return await self.shown()

    async def shown(self) -> Shown:
        data = await self.page.evaluate("({...document.getElementById('result').dataset})")
        text = await self.page.inner_text("#result")
        probability = float(data["probability"]) if data["probability"] else None
        return Shown(data["state"], data["label"], probability, text)

    async def explain(self) -> None:
        """Asks why; returns when the map is shown."""
        await self.page.click("#why")
        await self.page.wait_for_selector("#result[data-map=shown]")


@asynccontextmanager
async def opened(
    browser: Browser, path: Path, *, offline: bool = True, **context: Any
) -> AsyncIterator[OpenPage]:
    """The page in a window of its own; context : as Playwright's `new_context` takes it."""
    options = {"viewport": {"width": 390, "height": 844}, "locale": "en-GB"} | context
    async with await browser.new_context(**options) as used:
        await used.set_offline(offline)
        page = OpenPage(await used.new_page())
        await page.open(path)
        yield page
