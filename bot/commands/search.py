"""The progress of a search in a dataset, as a message shows it."""

from __future__ import annotations

from bot.commands.follow import time_left
from bot.progress import Render, Timing
from bot.texts import Html, Texts
from core.entities import Progress


def search_stage(texts: Texts) -> Render:
    """Renders the stages of searches for mislabelled photos and for mistakes."""

    def render(progress: Progress, timing: Timing) -> Html:
        return texts(
            f"search.stage.{progress.stage}",
            done=texts.number(progress.done),
            total=texts.number(progress.total),
            time=time_left(progress, timing, texts),
        )

    return render
