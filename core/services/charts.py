"""Charts: requests that become pictures."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from core.entities import Chart, ChartRequest
from core.ports import Drawing, Files


class ChartService:
    """Draws charts of datasets, fits and models."""

    def __init__(self, files: Files, drawing: Drawing) -> None:
        self._files = files
        self._drawing = drawing

    async def draw(self, requests: Sequence[ChartRequest]) -> tuple[Chart, ...]:
        """Draws charts, in the order of the requests.

        Raises the workers' errors.
        """
        async with self._files.scratch() as folder:
            charts = await self._drawing.draw(requests, folder)
            return tuple(
                [
                    Chart(await asyncio.to_thread(chart.read_bytes), numbered)
                    for chart, numbered in charts
                ]
            )
