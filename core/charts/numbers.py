"""Numbers in place of the names that no font can draw."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from core.charts.text import name_or_number
from core.entities import ChartRequest, Description, FitReport
from core.entities.charts import ChartSubject

Value = TypeVar("Value")


def number_names(request: ChartRequest) -> tuple[ChartRequest, dict[str, str]]:
    """The request with numbers in place of names that no font can draw, and these names by their numbers.

    A name's number is its place among all, from 1.
    """
    on_chart = {
        name: name_or_number(name, place)
        for place, name in enumerate(_names(request.subject), start=1)
    }
    numbered = {shown: name for name, shown in on_chart.items() if shown != name}
    if not numbered:
        return request, {}

    def shown(name: str) -> str:
        return on_chart.get(name, name)

    subject = _renamed(request.subject, shown)
    return replace(request, subject=subject, label=shown(request.label)), numbered


def _names(subject: ChartSubject) -> Iterable[str]:
    return subject.classes if isinstance(subject, Description | FitReport) else subject


def _renamed(subject: ChartSubject, shown: Callable[[str], str]) -> ChartSubject:
    if isinstance(subject, Description):
        return _renamed_description(subject, shown)
    if isinstance(subject, FitReport):
        return replace(subject, classes=tuple(map(shown, subject.classes)))
    return _with_keys(subject, shown)


def _renamed_description(subject: Description, shown: Callable[[str], str]) -> Description:
    duplicates = replace(
        subject.duplicates,
        by_class=_with_keys(subject.duplicates.by_class, shown),
        across_classes=tuple(
            (shown(one), shown(other), n) for one, other, n in subject.duplicates.across_classes
        ),
    )
    return replace(
        subject,
        classes=_with_keys(subject.classes, shown),
        duplicates=duplicates,
        colors=_with_keys(subject.colors, shown),
    )


def _with_keys(by_name: Mapping[str, Value], shown: Callable[[str], str]) -> dict[str, Value]:
    return {shown(name): value for name, value in by_name.items()}
