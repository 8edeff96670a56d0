"""Why a model names one class and not another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class NoMap(StrEnum):
    """The cause why there is no heat map. MODEL: it answers by steps or by neighbours, so that no place has a
    number. FEATURES: its vectors are not made of places of a network's map."""

    MODEL = "model"
    FEATURES = "features"


class NoNearest(StrEnum):
    """The cause why no taught photos are shown. BASELINE: they are those of the baseline, which do not
    come with the program. GONE: their dataset was deleted, or what was computed from it. PRIVATE: others than
    their owner would see them."""

    BASELINE = "baseline"
    GONE = "gone"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True)
class Words:
    """The words on an explanation's pictures, in the reader's language.

    texts : by the catalogue's `chart.` keys. names : those of the model's classes.
    """

    texts: Mapping[str, str]
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What speaks for the class that a model names rather than for the runner-up.

    label, second : the two classes.
    heat_map : the picture of the photo under the map, or why there is none. is_exact : True if the map is all
        that the model decides by, False if it is an approximation.
    nearest : the picture of taught photos of both classes that are most like the photo, or why there is none.
    """

    label: str
    second: str
    heat_map: Path | NoMap
    is_exact: bool
    nearest: Path | NoNearest

    @property
    def pictures(self) -> tuple[Path, ...]:
        """Those there are: the heat map, the taught photos."""
        return tuple(part for part in (self.heat_map, self.nearest) if isinstance(part, Path))
