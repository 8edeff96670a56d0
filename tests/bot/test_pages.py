from __future__ import annotations

from html.parser import HTMLParser

from bot.pages import Picture, Section, Table, render
from bot.texts import Html

PNG, JPEG = b"\x89PNG\r\n", b"\xff\xd8\xff"


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
