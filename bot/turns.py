"""Turns: each sender's photos are taught and answered in the order in which they came."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from typing import Self


class Turn:
    """The turn of photos that were sent as one; a context manager, at whose end the turn is over."""

    def __init__(self, line: list[Turn]) -> None:
        self._line = line
        self._earlier = tuple(line)
        self._has_begun, self._is_over = asyncio.Event(), asyncio.Event()
        line.append(self)

    @property
    def is_first(self) -> bool:
        """True if nothing came before that is still being worked on."""
        return self._line[0] is self

    async def comes(self) -> None:
        """Waits until all earlier ones have begun."""
        for turn in self._earlier:
            await turn._has_begun.wait()

    async def is_alone(self) -> None:
        """Waits until all earlier ones are over."""
        for turn in self._earlier:
            await turn._is_over.wait()

    def begin(self) -> None:
        """Lets the next one begin while this one goes on."""
        self._has_begun.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._line.remove(self)
        self._has_begun.set()
        self._is_over.set()


class Turns:
    """The turns of all senders."""

    def __init__(self) -> None:
        self._lines: dict[Hashable, list[Turn]] = {}

    def join(self, sender: Hashable) -> Turn:
        """A turn behind those that the sender has already."""
        self._lines = {key: line for key, line in self._lines.items() if line}
        return Turn(self._lines.setdefault(sender, []))
