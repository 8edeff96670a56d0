"""Names from strangers' archives, made fit to be shown."""

from __future__ import annotations

import unicodedata

_MISLEADING = {"Cc", "Cs", "Zl", "Zp"}
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def printable(name: str) -> str:
    """NFC, with what misleads replaced: controls, direction overrides, halves of pairs.

    Joiners and no-break spaces stay: emoji and Persian words are written with them.
    """
    composed = unicodedata.normalize("NFC", name)
    if composed.isprintable():
        return composed
    return "".join(
        "\N{REPLACEMENT CHARACTER}"
        if character in _BIDI_CONTROLS or unicodedata.category(character) in _MISLEADING
        else character
        for character in composed
    )
