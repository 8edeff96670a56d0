"""Text and its entities. Offsets and lengths count UTF-16 code units, as Telegram's do.

Tags, rules and error texts: core.telegram.org/bots/api#html-style.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

from bot.playground.errors import ApiError, bad_request

Entity = dict[str, Any]

_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
}
# Only these named entities are known to Telegram; others stay as they are written.
_TOKEN = re.compile(
    r"<(?P<close>/?)(?P<tag>[a-zA-Z0-9-]*)(?P<attributes>[^<>]*)(?P<end>>?)"
    r"|(?P<reference>&(?:lt|gt|amp|quot|\#\d+|\#x[0-9a-fA-F]+);)"
    r"|(?P<text>[^<&]+|&)"
)
_ATTRIBUTE = re.compile(r"([a-z-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|(\S+))")
_FOUND_IN_TEXT = {
    "bot_command": re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?\b"),
    "url": re.compile(r"\bhttps?://[^\s<>]+[^\s<>.,;:!?()]"),
    "mention": re.compile(r"(?<!\w)@[A-Za-z]\w{3,31}\b(?<!/)"),
}
_VERBATIM = {"code", "pre", "text_link"}


def utf16_length(text: str) -> int:
    """The length in UTF-16 code units: an emoji has 2."""
    return len(text.encode("utf-16-le")) // 2


def utf16_slice(text: str, offset: int, length: int) -> str:
    """A part of the text; offset and length count UTF-16 code units."""
    return text.encode("utf-16-le")[2 * offset : 2 * (offset + length)].decode("utf-16-le")


def parse(text: str, parse_mode: str | None) -> tuple[str, list[Entity]]:
    """Text as sent → text as shown, and its entities. Raises ApiError where the markup is wrong."""
    match (parse_mode or "").lower():
        case "":
            return tidy(text, [])
        case "html":
            return tidy(*_HtmlParser(text).parse())
    raise bad_request("unsupported parse_mode")


def tidy(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Trims white space as Telegram does, moves the entities along and adds those found in the text."""
    indent = utf16_length(text) - utf16_length(text.lstrip())
    text = text.strip()
    end = utf16_length(text)
    kept = []
    for entity in entities:
        start = max(entity["offset"] - indent, 0)
        stop = min(entity["offset"] - indent + entity["length"], end)
        if stop > start:
            kept.append({**entity, "offset": start, "length": stop - start})
    kept += _detect(text, [entity for entity in kept if entity["type"] in _VERBATIM])
    return text, sorted(kept, key=lambda entity: (entity["offset"], -entity["length"]))


def _detect(text: str, verbatim: list[Entity]) -> Iterator[Entity]:
    """Commands, links and mentions outside of code and of links."""
    for kind, pattern in _FOUND_IN_TEXT.items():
        for match in pattern.finditer(text):
            offset, length = utf16_length(text[: match.start()]), utf16_length(match.group())
            if not any(v["offset"] <= offset < v["offset"] + v["length"] for v in verbatim):
                yield {"type": kind, "offset": offset, "length": length}


@dataclass
class _OpenTag:
    name: str
    offset: int
    extra: Entity | None


class _HtmlParser:
    """Parses Telegram's HTML. The standard library's parser accepts what Telegram rejects: a bare
    "<", open tags."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._parts: list[str] = []
        self._length = 0
        self._stack: list[_OpenTag] = []
        self._entities: list[Entity] = []

    def parse(self) -> tuple[str, list[Entity]]:
        for token in _TOKEN.finditer(self._source):
            if token["text"] or token["reference"]:
                self._append(token["text"] or unescape(token["reference"]))
            elif token["close"]:
                self._close(token)
            else:
                self._open(token)
        if self._stack:
            name = self._stack[-1].name
            raise _cannot_parse(f'can\'t find end tag corresponding to start tag "{name}"')
        return "".join(self._parts), self._entities

    def _append(self, text: str) -> None:
        self._parts.append(text)
        self._length += utf16_length(text)

    def _open(self, token: re.Match[str]) -> None:
        name = token["tag"].lower()
        if name not in _TAGS:
            raise _cannot_parse(
                f'unsupported start tag "{name}" at byte offset {self._byte(token)}'
            )
        if not token["end"]:
            raise _cannot_parse(f"unclosed start tag at byte offset {self._byte(token)}")
        attributes = {
            key: unescape(double or single or bare)
            for key, double, single, bare in _ATTRIBUTE.findall(token["attributes"])
        }
        if name == "span" and attributes.get("class") != "tg-spoiler":
            where = self._byte(token)
            raise _cannot_parse(f'tag "span" must have class "tg-spoiler" at byte offset {where}')
        self._stack.append(_OpenTag(name, self._length, self._extra(name, token, attributes)))

    def _extra(self, name: str, token: re.Match[str], attributes: dict[str, str]) -> Entity | None:
        """An entity's fields beside its place; None where the tag gives no entity of its own."""
        if name == "blockquote" and "expandable" in token["attributes"]:
            return {"type": "expandable_blockquote"}
        if name == "a":
            return {"url": attributes["href"]} if attributes.get("href") else None
        language = attributes.get("class", "")
        if name == "code" and language.startswith("language-") and self._in_pre():
            self._stack[-1].extra = {"language": language.removeprefix("language-")}
            return None
        return {}

    def _in_pre(self) -> bool:
        return bool(self._stack) and self._stack[-1].name == "pre"

    def _close(self, token: re.Match[str]) -> None:
        name = token["tag"].lower()
        if not self._stack:
            raise _cannot_parse(f"unexpected end tag at byte offset {self._byte(token)}")
        opened = self._stack.pop()
        if name not in ("", opened.name):
            raise _cannot_parse(
                f"unmatched end tag at byte offset {self._byte(token)}, "
                f'expected "</{opened.name}>", found "</{name}>"'
            )
        length = self._length - opened.offset
        if length and opened.extra is not None:
            place = {"type": _TAGS[opened.name], "offset": opened.offset, "length": length}
            self._entities.append(place | opened.extra)

    def _byte(self, token: re.Match[str]) -> int:
        return len(self._source[: token.start()].encode())


def _cannot_parse(reason: str) -> ApiError:
    return bad_request(f"can't parse entities: {reason}")
