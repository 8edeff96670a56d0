"""SQLite and files: implements the storage ports of `core.ports`."""

from storage.storage import Storage

__all__ = ["Storage"]
