"""A tree of folders → each folder's path without the parts of a split and without wrappers.

Folders are parts of a split ("train", "valid", "test"; `folder_words.Part`) where they look so together:

- all folders beside each other are parts or wrappers, and not just several wrappers without folders
  inside (full/ and new/ may be classes): train/, test/;
- or two different parts with class folders inside lie beside other folders, which are then left out:
  train/apple/, test/apple/, samples/;
- a folder with mostly the same class folders inside as a part beside it is a part too: train/{apple,
  pear}/, more/{apple, pear}/;
- words that all of them share do not count where different parts are left: flowers_train/,
  flowers_test/.

So a class that is really called "train" beside apple/ and pear/ stays a class. A folder that repeats
the name of the only one around it (train/train/) counts once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from core.photos.folder_words import Part, is_part_word, part_of, plain, words_of

Path = tuple[str, ...]


@dataclass(slots=True)
class Folder:
    """A folder with photos in it or beneath it. `photos`: those that lie in it directly."""

    name: str = ""
    photos: int = 0
    children: dict[str, Folder] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """What a folder's path comes to.

    path : the names that are left of it. depths : how many of the raw path's names lead up to each.
    part, part_name : the part of the split that it belongs to, and the folder that is the part.
    is_part : it is that folder itself, with no other folder's name in between. beside : it lies beside
    a split's parts.
    """

    path: Path = ()
    depths: tuple[int, ...] = ()
    part: Part | None = None
    part_name: str = ""
    is_part: bool = False
    beside: bool = False


def build_tree(folders: Sequence[Path]) -> Folder:
    """The tree of the folders that hold the photos, one folder given for each photo."""
    root = Folder()
    for path in folders:
        here = root
        for name in path:
            here = here.children.setdefault(name, Folder(name))
        here.photos += 1
    return root


def places(root: Folder) -> dict[Path, Place]:
    """The place of every folder of the tree by its raw path.

    A part that holds photos and no class folders, beneath all that the paths share, has no path: in
    pets/train/1.jpg, "pets" is the name of the whole and no class.
    """
    found = dict(_places(root, (), Place()))
    holding = [found[raw] for raw in _with_photos(root, ())]
    names = zip(*(place.path for place in holding if not place.beside), strict=False)
    shared = tuple(level[0] for level in takewhile(lambda level: len({*level}) == 1, names))
    return {
        raw: replace(place, path=(), depths=()) if place.is_part and place.path == shared else place
        for raw, place in found.items()
    }


def _with_photos(folder: Folder, raw: Path) -> Iterator[Path]:
    if folder.photos:
        yield raw
    for child in folder.children.values():
        yield from _with_photos(child, (*raw, child.name))


def _places(folder: Folder, raw: Path, place: Place) -> Iterator[tuple[Path, Place]]:
    yield raw, place
    parts = _parts_among(folder)
    for child in folder.children.values():
        if child.name in parts:
            inner = _in_part(place, parts[child.name], child.name)
        elif _repeats(folder, child):
            inner = place
        else:
            inner = replace(
                place,
                path=(*place.path, child.name),
                depths=(*place.depths, len(raw) + 1),
                is_part=False,
                beside=place.beside or bool(parts),
            )
        yield from _places(child, (*raw, child.name), inner)


def _in_part(place: Place, part: Part, name: str) -> Place:
    if part is Part.WRAPPER:
        return place
    return replace(place, part=part, part_name=name, is_part=True)


def _repeats(folder: Folder, child: Folder) -> bool:
    only = len(folder.children) == 1 and not folder.photos
    return only and plain(child.name) == plain(folder.name)


def _parts_among(folder: Folder) -> Mapping[str, Part]:
    """The children that are parts of a split; empty where they do not look like one together."""
    children = folder.children
    parts = _named_parts(tuple(children))
    classes = {name: _class_folders(children[name]) for name in children}
    inside = frozenset[str]().union(*(classes[name] for name in parts))
    for name in children.keys() - parts.keys():
        if classes[name] and len(classes[name] & inside) * 2 >= len(classes[name]):
            parts[name] = Part.TRAIN
    others = children.keys() - parts.keys()
    roles = set(parts.values()) - {Part.WRAPPER}
    if others:
        return parts if len(roles) > 1 and inside else {}
    return parts if roles or inside or len(parts) == 1 else {}


def _named_parts(names: Path) -> dict[str, Part]:
    words = {name: words_of(name) for name in names}
    if len(names) > 1:
        topic = {w for w in frozenset.intersection(*words.values()) if not is_part_word(w)}
        apart = {name: part for name in names if (part := part_of(words[name] - topic))}
        if len(set(apart.values()) - {Part.WRAPPER}) > 1:
            return apart
    return {name: part for name in names if (part := part_of(words[name]))}


def _class_folders(folder: Folder) -> frozenset[str]:
    """The names of the folders inside, through folders that hold nothing but one other."""
    while len(folder.children) == 1 and not folder.photos:
        (only,) = folder.children.values()
        if not (only.children and (part_of(words_of(only.name)) or _repeats(folder, only))):
            break
        folder = only
    return frozenset(plain(name) for name in folder.children)
