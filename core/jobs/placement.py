"""Which node of a cluster a call goes to, and when: people in turn, and work where its files are warm."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from core.errors import JobCancelled
from core.jobs.runner import Call, LaneName
from core.jobs.turns import Turns
from core.ports import DatasetFiles
from core.sealed import Stored


class Placement:
    """The places of all lanes on all nodes. A lane without a free place lets people wait in turn."""

    def __init__(self) -> None:
        self._turns = {lane: Turns(0) for lane in LaneName}
        self._waiting = dict.fromkeys(LaneName, 0)
        # By node and lane: all places, and those that are free.
        self._places: dict[str, Mapping[LaneName, int]] = {}
        self._free: dict[str, dict[LaneName, int]] = {}
        self._closed = False

    def join(self, node: str, places: Mapping[LaneName, int]) -> None:
        """A node with so many places has come; who waits is served there."""
        self._places[node] = places
        self._free[node] = dict(places)
        for lane, count in places.items():
            for _ in range(count):
                self._turns[lane].release()

    def leave(self, node: str) -> None:
        """A node is gone, and its places with it."""
        del self._places[node]
        for lane, count in self._free.pop(node).items():
            self._turns[lane].withdraw(count)

    def places(self, lane: LaneName) -> int:
        """Of the lane on all nodes."""
        return sum(places[lane] for places in self._places.values())

    def is_full(self, lane: LaneName) -> bool:
        return self._turns[lane].locked()

    def load(self, lane: LaneName) -> tuple[int, int]:
        """How many tasks run, and how many wait for a place."""
        free = sum(free[lane] for free in self._free.values())
        return self.places(lane) - free, self._waiting[lane]

    async def take(self, lane: LaneName, subject: str | None) -> str:
        """Waits for a place and returns its node: the one where the subject is warm, if it is free, else the
        least busy. Raises JobCancelled if it is closed."""
        self._waiting[lane] += 1
        try:
            while True:
                if self._closed:
                    raise JobCancelled
                await self._turns[lane].acquire()
                # A place may have gone with its node meanwhile.
                if node := self._chosen(lane, subject):
                    self._free[node][lane] -= 1
                    return node
        finally:
            self._waiting[lane] -= 1

    def give_back(self, lane: LaneName, node: str) -> None:
        """The place is free again; nothing happens where its node is gone."""
        if node in self._free:
            self._free[node][lane] += 1
            self._turns[lane].release()

    def close(self) -> None:
        """Who waits, and who comes later, gets JobCancelled."""
        self._closed = True
        for lane, count in self._waiting.items():
            for _ in range(count):
                self._turns[lane].release()

    def _chosen(self, lane: LaneName, subject: str | None) -> str | None:
        free = [node for node, places in self._free.items() if places[lane] and not self._closed]
        if subject and self._free:
            home = home_of(subject, self._free)
            if home in free:
                return home
        return min(free, key=self._busyness, default=None)

    def _busyness(self, node: str) -> float:
        places = sum(self._places[node].values())
        return 1 - sum(self._free[node].values()) / places


def home_of(subject: str, nodes: Mapping[str, object]) -> str:
    """The node where the subject is warm. It stays so when other nodes come and go."""

    def weight(node: str) -> bytes:
        return hashlib.blake2b(f"{node} {subject}".encode()).digest()

    return max(nodes, key=weight)


def subject_of(lane: LaneName, call: Call[Any, Any]) -> str | None:
    """What the call works with, of which a node may have sessions or features warm: its model, else its
    dataset's cache. Parts of an extraction have none, so that they spread over all nodes."""
    if lane is LaneName.FEATURES:
        return None
    return min(_subjects(call), default=(0, None))[1]


def _subjects(call: Call[Any, Any]) -> Iterator[tuple[int, str]]:
    for argument in call.arguments:
        if isinstance(argument, Stored):
            yield 0, str(argument.path)
        elif isinstance(argument, DatasetFiles):
            yield 1, str(argument.cache)
