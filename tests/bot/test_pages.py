from __future__ import annotations

import io
import shutil
from html.parser import HTMLParser

import pytest
from PIL import Image
from playwright.async_api import async_playwright

from bot.pages import Picture, Section, Table, render
from bot.texts import Html

PNG, JPEG = b"\x89PNG\r\n", b"\xff\xd8\xff"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
LINES_OF_PHOTOS = """() => {
    const range = document.createRange();
    range.selectNodeContents(document.querySelectorAll("th")[1]);
    return range.getClientRects().length;
}"""


class Reader(HTMLParser):
    """The tags and the words of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read(page: bytes) -> Reader:
    reader = Reader()
    reader.feed(page.decode())
    return reader


def test_names_are_never_markup() -> None:
    name = "<img src=x onerror=alert(1)>"
    table = Table([name], [[name]])
    page = read(render(name, name, [Section(name, [table, Picture(PNG, name)])], "en"))
    assert [tag for tag, _ in page.tags].count("img") == 1
    assert page.words.count(name) == 6  # the title twice
    assert [attributes["alt"] for tag, attributes in page.tags if tag == "img"] == [name]


def test_html_stays_as_it_is() -> None:
    page = read(render("t", "m", [Section("s", [Html("<b>bold</b>")])], "en"))
    assert "b" in [tag for tag, _ in page.tags]
    assert "bold" in page.words


def test_pictures_are_inside_and_nothing_else_may_be_fetched() -> None:
    caption = Html("of <i>two</i>")
    page = read(
        render("t", "m", [Section("s", [Picture(PNG, "a"), Picture(JPEG, "b", caption)])], "ru")
    )
    sources = [attributes["src"] or "" for tag, attributes in page.tags if tag == "img"]
    assert [source.split(",")[0] for source in sources] == [
        "data:image/png;base64",
        "data:image/jpeg;base64",
    ]
    policy = next(a["content"] or "" for tag, a in page.tags if a.get("http-equiv"))
    assert policy.startswith("default-src 'none'")
    assert ("html", {"lang": "ru"}) in page.tags


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
async def test_large_pictures_are_scrolled_and_small_ones_stay_small() -> None:
    pictures = []
    for width, is_large in ((1800, True), (1800, False), (200, False)):
        out = io.BytesIO()
        Image.new("RGB", (width, 100)).save(out, "PNG")
        pictures.append(Picture(out.getvalue(), "a", is_large=is_large))
    page = render("t", "m", [Section("s", pictures)], "en").decode()
    async with async_playwright() as browsers:
        browser = await browsers.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        shown = await browser.new_page(viewport={"width": 390, "height": 800})
        await shown.set_content(page)
        widths = await shown.evaluate("[...document.images].map(image => image.width)")
        page_width = await shown.evaluate("document.documentElement.scrollWidth")
        await browser.close()
    large, fitted, small = widths
    assert (large, small, page_width) == (900, 200, 390)
    assert 300 < fitted < 390


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
async def test_a_tables_head_breaks_no_word_on_a_phone_and_paper_is_light() -> None:
    head = ["The answer", "Photos", "Of these right"]
    table = Table(head, [["“like nothing I was taught”", "5", "5"]])
    tall = io.BytesIO()
    Image.new("RGB", (600, 2000)).save(tall, "PNG")
    page = render("t", "m", [Section("s", [table, Picture(tall.getvalue(), "a")])], "en").decode()
    async with async_playwright() as browsers:
        browser = await browsers.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        shown = await browser.new_page(viewport={"width": 390, "height": 800}, color_scheme="dark")
        await shown.set_content(page)
        lines = await shown.evaluate(LINES_OF_PHOTOS)
        await shown.emulate_media(media="print")
        height = await shown.evaluate("document.images[0].getBoundingClientRect().height")
        ink = await shown.evaluate("getComputedStyle(document.body).color")
        await browser.close()
    assert lines == 1
    assert 300 < height < 400, "two figures find room on a page"
    assert ink == "rgb(29, 39, 51)"
