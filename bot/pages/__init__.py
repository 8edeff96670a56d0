"""Pages: HTML files that need nothing beside them, for a browser and for the printer."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template

from bot.texts import Html

_PAGE = Template((Path(__file__).parent / "layout.html").read_text("utf-8"))
_PNG = b"\x89PNG"
_PNG_WIDTH = slice(16, 20)
_CHART_SCALE = 2
"""Pixels of a chart for one of the page: its letters are then as large as the page's."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG or JPEG file's bytes; alt : what it shows, for those who can't see it. is_large : True for a PNG that
    can't be read where it is made as narrow as a phone: it is scrolled instead."""

    file: bytes
    alt: str
    caption: Html | None = None
    is_large: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """head : one text a column; rows : as many each."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands below it, in this order; Html is a paragraph."""

    title: str
    blocks: Sequence[Html | Picture | Table]


def render(title: str, made: str, sections: Iterable[Section], language: str) -> bytes:
    """The page, UTF-8. made : the line below its title."""
    page = _PAGE.substitute(
        language=language,
        title=escape(title),
        made=escape(made),
        sections="\n".join(map(_section, sections)),
    )
    return page.encode()


def _section(section: Section) -> str:
    blocks = "\n".join(map(_block, section.blocks))
    return f"<section>\n<h2>{escape(section.title)}</h2>\n{blocks}\n</section>"


def _block(block: Html | Picture | Table) -> str:
    if isinstance(block, Picture):
        return _figure(block)
    if isinstance(block, Table):
        return _table(block)
    return f"<p>{block}</p>"


def _figure(picture: Picture) -> str:
    kind = "png" if picture.file.startswith(_PNG) else "jpeg"
    source = f"data:image/{kind};base64,{b64encode(picture.file).decode()}"
    image = f'<img src="{source}" alt="{escape(picture.alt)}">'
    if picture.is_large:
        width = int.from_bytes(picture.file[_PNG_WIDTH]) // _CHART_SCALE
        image = f'<div tabindex=0 style="--width: {width}px">{image}</div>'
    caption = f"<figcaption>{picture.caption}</figcaption>" if picture.caption else ""
    return f"<figure{' class=large' if picture.is_large else ''}>{image}{caption}</figure>"


def _table(table: Table) -> str:
    head = "".join(f"<th scope=col>{escape(text)}</th>" for text in table.head)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>" for row in table.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
