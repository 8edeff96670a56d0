"""The page as people use it: camera, drop and paste, languages, keys, and no network."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.async_api import Browser

from tests.core.export.browser import OpenPage, opened
from tests.core.export.page.steps import check_same, in_browser, upload, with_score
from tests.factories import make_image


@in_browser
async def test_the_camera_is_answered_while_it_is_open_and_when_a_photo_is_taken(
    new_page: OpenPage,
) -> None:
    await new_page.page.click("#camera")
    await new_page.page.wait_for_selector('#result[data-label]:not([data-label=""])')
    assert await new_page.page.is_visible("#video")
    turn = await new_page.turn()
    await new_page.page.click("#shoot")
    await new_page.page.wait_for_selector("#photo:visible")
    shown = await new_page.after(turn + 1)
    assert shown.label
    assert await new_page.page.is_hidden("#video")
    assert new_page.errors == []


@in_browser
async def test_the_camera_can_be_closed(new_page: OpenPage) -> None:
    await new_page.page.click("#camera")
    await new_page.page.click("#close")
    assert await new_page.page.is_visible("#camera")
    assert await new_page.page.evaluate("document.getElementById('video').srcObject") is None


@in_browser
@pytest.mark.parametrize("kind", ["drop", "paste"])
async def test_a_photo_can_be_dropped_and_pasted(page: OpenPage, kind: str) -> None:
    photo, turn = make_image(3, side=300), await page.turn()
    await page.page.evaluate(
        """([kind, photo]) => {
            const bytes = Uint8Array.from(atob(photo), (one) => one.charCodeAt(0));
            const given = new DataTransfer();
            given.items.add(new File([bytes], "photo.jpg", {type: "image/jpeg"}));
            document.dispatchEvent(kind === "drop" ? new DragEvent("drop", {dataTransfer: given})
                : new ClipboardEvent("paste", {clipboardData: given})); }""",
        [kind, base64.b64encode(photo).decode()],
    )
    check_same(await page.after(turn), photo)


@in_browser
async def test_the_page_speaks_the_browsers_language_and_can_be_switched(
    browser: Browser, page_file: Path
) -> None:
    async with opened(browser, page_file, locale="ru-RU") as page:
        assert await page.page.get_attribute("html", "lang") == "ru"
        assert await page.page.inner_text("#camera") == "Камера"
        assert await page.page.inner_text("h1") == "Фрукты и овощи"
        await page.page.click("#language")
        assert await page.page.inner_text("#camera") == "Camera"
        assert await page.page.inner_text("h1") == "Fruit & <vegetables>"


@in_browser
async def test_all_that_is_shown_follows_the_switch(browser: Browser, page_file: Path) -> None:
    """As it reads where the browser's language is the other one, before the first photo and after it."""
    photo = upload(make_image(1, side=400))
    texts = {}
    for locale, is_switched in (("ru-RU", False), ("en-GB", True)):
        async with opened(browser, page_file, locale=locale) as page:
            await page.page.click("summary")
            if is_switched:
                await page.page.click("#language")
            ready = await page.page.inner_text("body")
            if is_switched:
                await page.page.click("#language")
            await page.answer(photo)
            await page.explain()
            if is_switched:
                await page.page.click("#language")
            texts[is_switched] = (ready, await page.page.inner_text("body"))
            assert page.errors == []
    assert texts[True] == texts[False]
    assert "Верных ответов" in texts[True][0]


@in_browser
@pytest.mark.parametrize(("accuracy", "said"), [("1.0", "on 100%"), ("0.997", "on >99%")])
async def test_the_score_is_all_only_where_all_was_right(
    browser: Browser, page_file: Path, tmp_path: Path, accuracy: str, said: str
) -> None:
    scored = with_score(page_file, accuracy, tmp_path / "page.html")
    async with opened(browser, scored, locale="en-US") as page:
        assert said in (await page.page.text_content("#scores") or "")


@in_browser
async def test_classes_have_their_names_in_the_readers_language(
    browser: Browser, page_file: Path
) -> None:
    async with opened(browser, page_file, locale="ru-RU") as page:
        await page.page.click("summary")
        classes = await page.page.inner_text("#classes")
        assert "Яблоко" in classes
        assert "Apple" not in classes


@in_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_page_fits_a_phone(browser: Browser, page_file: Path, scheme: str) -> None:
    async with opened(browser, page_file, color_scheme=scheme) as page:
        await page.answer(upload(make_image(1, side=400)))
        width = await page.page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390


@in_browser
async def test_everything_has_a_name_and_is_reached_by_keys(page: OpenPage) -> None:
    await page.answer(upload(make_image(1, side=400)))
    seen = await page.page.locator("body").aria_snapshot()
    for line in (
        'button "Camera"',
        'button "Choose a photo"',
        'button "Why?"',
        "status:",
        'region "Photo"',
    ):
        assert line in seen
    reached = set()
    for _ in range(8):
        await page.page.keyboard.press("Tab")
        reached.add(
            await page.page.evaluate("document.activeElement.id || document.activeElement.tagName")
        )
    assert {"language", "camera", "choose", "why", "SUMMARY"} <= reached


@in_browser
async def test_licences_are_kept_in_the_page(page: OpenPage) -> None:
    await page.page.click("summary")
    await page.page.click("#licences")
    await page.page.wait_for_selector("#notices:visible")
    notices = await page.page.inner_text("#notices")
    assert "MIT License" in notices
    assert "Microsoft" in notices


class _Counting(BaseHTTPRequestHandler):
    paths: list[str] = []  # noqa: RUF012

    def do_GET(self) -> None:
        self.paths.append(self.path)
        self.send_response(200)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Keeps the tests' output clean."""


@pytest.fixture
def address() -> Iterator[str]:
    """Of a server on this machine that would answer whatever the page asks for."""
    _Counting.paths.clear()
    with HTTPServer(("127.0.0.1", 0), _Counting) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@in_browser
async def test_with_a_network_the_page_can_not_use_it(
    browser: Browser, page_file: Path, address: str
) -> None:
    async with opened(browser, page_file, offline=False) as page:
        photo = make_image(1, side=200)
        check_same(await page.answer(upload(photo)), photo)
        assert page.errors == []
        outcome = await page.page.evaluate(
            """async address => {
                const load = (tag, fields) => new Promise((resolve) => {
                    const one = Object.assign(document.createElement(tag), fields);
                    one.onload = () => resolve("loaded");
                    one.onerror = () => resolve("refused");
                    document.head.append(one); });
                return [
                    await fetch(`${address}/fetch`).then(() => "loaded", () => "refused"),
                    await load("img", {src: `${address}/image`}),
                    await load("script", {src: `${address}/script`}),
                    await load("link", {rel: "stylesheet", href: `${address}/style`}),
                ]; }""",
            address,
        )
        assert outcome == ["refused"] * 4
    assert _Counting.paths == []
