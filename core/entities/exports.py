"""Files in which a model is taken away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ExportFormat(StrEnum):
    """A kind of file that answers without this program; the value ends its name. ONNX: from pixels to the
    answer, for ONNX Runtime. HTML: a page for people, which answers in a browser."""

    ONNX = "onnx"
    HTML = "html"


@dataclass(frozen=True, slots=True)
class ExportNames:
    """Names for those who read a file, by language.

    titles : the model's. classes : those of its classes that have another name in the language, by class.
    """

    titles: Mapping[str, str]
    classes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
