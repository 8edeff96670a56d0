"""Housekeeping: what was deleted leaves the disk."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from core.errors import FilesAway
from core.ports import ArchiveReading, Files, Jobs, Suggestions

UNDO_KEPT_S = 3600.0
"""For so long a removal can be undone."""
JOBS_KEPT_S = 7 * 86_400.0
"""For so long the row of a job that has ended is kept."""
SUGGESTED_DAYS = 30
"""For so long suggested photos wait for the owner."""

logger = logging.getLogger(__name__)


class Housekeeping:
    """Deletes what no row names any more: files, photos, and what was computed from them; rows of old jobs; and
    suggestions that nobody decided on."""

    def __init__(
        self, files: Files, jobs: Jobs, suggestions: Suggestions, reading: ArchiveReading
    ) -> None:
        self._files = files
        self._jobs = jobs
        self._suggestions = suggestions
        self._reading = reading
        # Two at once would rewrite the same packs of features and thumbnails.
        self._lock = asyncio.Lock()

    async def tidy(self, keep_s: float = UNDO_KEPT_S) -> None:
        """Deletes what no row names. Photos that an edit removed go `keep_s` seconds after it: from
        then on it can't be undone.

        What it did not get to, because it failed or its process was killed, the next one does.
        Raises what storage raises (OSError, sqlite3.Error) and the workers' errors.
        """
        async with self._lock:
            await self._jobs.prune(JOBS_KEPT_S)
            await self._suggestions.expire(datetime.now(UTC) - timedelta(days=SUGGESTED_DAYS))
            tidied = await self._files.tidy(keep_s)
            await self._forget(tidied.photos)

    async def _forget(self, photos: Mapping[int, tuple[str, ...]]) -> None:
        """Deletes what was computed from photos of each owner. What fails for one is logged, and the first failure
        raised after the others' turn; at once where it would fail for all."""
        failed: list[Exception] = []
        for owner_id, digests in photos.items():
            try:
                await self._reading.forget(await self._files.cache(owner_id), digests)
                await self._files.forgotten(owner_id, digests)
            except FilesAway:
                raise
            except Exception as error:
                logger.exception("what was computed from an owner's photos is not forgotten")
                failed.append(error)
        if failed:
            raise failed[0]

    async def tidy_if_possible(self) -> None:
        """Tidies after a deletion that is on record: a failure is logged, and no failure of the
        deletion."""
        try:
            await self.tidy()
        except Exception:
            logger.exception("what was deleted is still on the disk until the next tidying")
