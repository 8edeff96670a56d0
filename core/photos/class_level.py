"""Paths of folders → the level whose folders are the classes.

The level is chosen for the whole tree, after the parts of a split are gone (`parts`):

1. The deepest level that every photo reaches: apple/1.jpg, pear/ripe/2.jpg → apple, pear. A few
   photos (MAX_STRAYS) beside class folders do not count: fruit/cover.jpg, fruit/apple/1.jpg,
   fruit/pear/2.jpg → apple, pear.
2. But no level of sessions, which are dates, "session 2", a camera's folders
   (`folder_words.is_session`), or bare numbers where another level has names: apple/2023-05-01/,
   pear/2023-05-01/ → apple, pear; 2023-05-01/apple/, 2023-05-02/apple/ → apple; digits/0/,
   digits/1/ → 0, 1. Folders of settings ("grayscale", "iphone") are sessions where the names beneath
   them recur: color/apple/, grayscale/apple/ → apple, but gadgets/phone/, gadgets/camera/ → phone,
   camera.
3. And no level where half the folders or more have a name that recurs beneath different folders; the
   folders above are the classes then: apple/front/, apple/back/, pear/front/, pear/back/ → apple, pear.
   Distinct names are classes: Fruit/Apple/, Vegetables/Carrot/ → Apple, Carrot.
4. One folder beneath another without a choice is a wrapper: my photos/fruits/apple/ → apple.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.photos.folder_words import (
    Part,
    is_number,
    is_session,
    is_setting,
    part_of,
    plain,
    words_of,
)

Path = tuple[str, ...]

MAX_STRAYS = 0.1
"""The share of photos that may lie above the class folders."""


@dataclass(frozen=True, slots=True)
class Level:
    """The classes' level, counted from 1, and what else was found of the levels.

    groups : folders above the classes that hold several of them. sessions : folders of sessions, above
    or beneath. folded : other folders inside classes. joined : classes that lie in several groups.
    """

    depth: int
    groups: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    folded: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()


def class_level(photos: Mapping[Path, int]) -> Level:
    """The level of the classes in a tree of paths, none of them empty, by their numbers of photos."""
    tree = _Tree(photos)
    depth = tree.choose()
    inner = tree.shown(depth + 1)
    in_sessions = tree.is_session(depth + 1) or bool(tree.recurring(depth + 1))
    groups = [name for d in tree.plain_above(depth) for name in tree.shown(d)]
    sessions = [name for d in tree.sessions_above(depth) for name in tree.shown(d)]
    return Level(
        depth,
        groups=tuple(groups),
        sessions=(*sessions, *(inner if in_sessions else ())),
        folded=() if in_sessions else inner,
        joined=tree.recurring(depth),
    )


class _Tree:
    def __init__(self, photos: Mapping[Path, int]) -> None:
        self._paths = tuple(photos)
        self._levels = range(1, _reach(photos) + 1)
        self._branching = [d for d in self._levels if len(self._folders(d)) > 1]
        named = [d for d in self._branching if not self._mostly(d, is_number)]
        self._plain = [d for d in named if not self.is_session(d)]
        if not self._plain:
            self._plain = [d for d in self._branching if d not in named]
        self._plain = [d for d in self._plain if not self._is_of_settings(d)]

    def choose(self) -> int:
        for depth in reversed(self._plain):
            if depth == self._plain[0] or not self._mostly_recurs(depth):
                return depth
        return self._only_folder() or max(self._branching, default=self._levels[-1])

    def is_session(self, depth: int) -> bool:
        return self._mostly(depth, is_session)

    def shown(self, depth: int) -> tuple[str, ...]:
        """The names of the folders at a level, each once."""
        return tuple(sorted({path[-1] for path in self._folders(depth)}))

    def recurring(self, depth: int) -> tuple[str, ...]:
        """The names that folders beneath different ones share, sessions above not counted."""
        return tuple(sorted({path[-1] for path in self._recurring_folders(depth)}))

    def plain_above(self, depth: int) -> list[int]:
        return [d for d in self._plain if d < depth]

    def sessions_above(self, depth: int) -> list[int]:
        return [d for d in self._branching if d < depth and d not in self._plain]

    def _is_of_settings(self, depth: int) -> bool:
        deeper = [d for d in self._plain if d > depth]
        return bool(deeper) and self._mostly(depth, is_setting) and self._mostly_recurs(deeper[0])

    def _mostly_recurs(self, depth: int) -> bool:
        return len(self._recurring_folders(depth)) * 2 >= len(self._folders(depth))

    def _only_folder(self) -> int | None:
        """The deepest level with one folder that is neither a session nor a wrapper."""
        for depth in reversed(self._levels):
            names = self.shown(depth)
            is_wrapper = part_of(words_of(names[0])) is Part.WRAPPER
            if len(names) == 1 and not (is_wrapper or is_session(names[0])):
                return depth
        return None

    def _folders(self, depth: int) -> set[Path]:
        return {path[:depth] for path in self._paths if len(path) >= depth}

    def _recurring_folders(self, depth: int) -> list[Path]:
        above = [d - 1 for d in self._plain if d < depth]
        parents = defaultdict(set)
        for path in self._folders(depth):
            parents[plain(path[-1])].add(tuple(plain(path[d]) for d in above))
        return [path for path in self._folders(depth) if len(parents[plain(path[-1])]) > 1]

    def _mostly(self, depth: int, test: Callable[[str], bool]) -> bool:
        names = self.shown(depth)
        return sum(map(test, names)) * 2 > len(names)


def _reach(photos: Mapping[Path, int]) -> int:
    """The deepest level that all photos reach but strays, which lie beside class folders."""
    holders = {path[:depth] for path in photos for depth in range(1, len(path))}
    strays = {path: count for path, count in photos.items() if path in holders}
    if sum(strays.values()) > MAX_STRAYS * sum(photos.values()):
        strays = {}
    return min(len(path) for path in photos if path not in strays)
