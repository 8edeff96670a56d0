"""A model's page, in a browser that the tests of a module share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from core.export.page import make_page
from core.models.baseline import FILE
from core.sealed import Stored
from tests.chromium import browsing
from tests.core.export.browser import CAMERA, OpenPage, opened
from tests.core.export.page.steps import NAMES


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_bytes(make_page(Stored(FILE), NAMES))
    return path


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with browsing(*CAMERA) as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def kept_page(browser: Browser, page_file: Path) -> AsyncIterator[OpenPage]:
    async with opened(browser, page_file) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def page(kept_page: OpenPage) -> OpenPage:
    """The page, which others have used: a start takes a processor some seconds."""
    kept_page.errors.clear()
    return kept_page


@pytest_asyncio.fixture(loop_scope="module")
async def new_page(browser: Browser, page_file: Path) -> AsyncIterator[OpenPage]:
    async with opened(browser, page_file) as found:
        yield found
