"""Links to models, and photos that others suggest."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors.base import LukoshkoError


@dataclass(eq=False)
class LinkIncomplete(LukoshkoError):
    """This link is not complete: open it again as it was sent to you, or ask for a new one."""


@dataclass(eq=False)
class LinkGone(LukoshkoError):
    """This link does not work any more: the model is not shared now, or was deleted. Ask the person who sent it."""


@dataclass(eq=False)
class LinkIsOwn(LukoshkoError):
    """This is a link to your own model “{name}”: send it to others. You have the model in /models."""

    name: str


@dataclass(eq=False)
class LinkNotForCopies(LukoshkoError):
    """This link lets you use the model, not copy it: ask the person who sent it for a link to copy."""


@dataclass(eq=False)
class SuggestionGone(LukoshkoError):
    """These photos do not wait any more: they were added or refused, or waited too long."""


@dataclass(eq=False)
class SuggestionRefused(LukoshkoError):
    """The owner of this dataset can't take any photos now."""


@dataclass(eq=False)
class TooManySuggested(LukoshkoError):
    """At most {limit} photos may wait for the owner's answer."""

    limit: int
