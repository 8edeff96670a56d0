"""Charts that are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.entities.datasets import Description
from core.entities.models import FitReport, LearningCurve

ChartSubject = Description | FitReport | Mapping[str, LearningCurve]


@dataclass(frozen=True, slots=True)
class ChartRequest:
    """A chart by its name in `core.charts.registry`, with what it shows.

    texts : the words on it, in the reader's language, by the catalogue's `chart.` keys; what stands in
        braces is the chart's to fill in.
    label : the class that it is about, where it is about one.
    """

    name: str
    subject: ChartSubject
    texts: Mapping[str, str]
    label: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart that was drawn.

    png : the bytes of its file. numbered : names that no font of this machine can draw, by the numbers
        that stand on the chart in their place.
    """

    png: bytes
    numbered: Mapping[str, str]
