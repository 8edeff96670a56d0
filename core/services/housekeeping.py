"""What was deleted leaves the disk."""

from __future__ import annotations

from core.ports import ArchiveReading, Files

# For so long a removal can be taken back.
UNDO_KEPT_S = 3600.0


class Housekeeping:
    """Deletes what no row names any more: files, photos, and what was computed from them."""

    def __init__(self, files: Files, reading: ArchiveReading) -> None:
        self._files = files
        self._reading = reading

    async def tidy(self, keep_s: float = UNDO_KEPT_S) -> None:
        """Photos that were removed by an edit go `keep_s` seconds after it: from then on it can't be
        undone."""
        tidied = await self._files.tidy(keep_s)
        for owner_id, digests in tidied.photos.items():
            await self._reading.forget(self._files.cache(owner_id), digests)
            await self._files.forgotten(owner_id, digests)
