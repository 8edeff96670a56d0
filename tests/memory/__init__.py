"""The ports of `core.ports` in memory, for tests: storage without SQLite, compute without processes."""
