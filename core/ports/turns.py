"""Whose turn work takes: where it has to wait, people are served one after the other."""

from __future__ import annotations

from contextvars import ContextVar

TURN: ContextVar[int] = ContextVar("turn", default=0)
"""The person for whom the current task works, by their number; 0 for nobody. Tasks that it begins inherit it."""
