"""The ports of `core.ports` in memory, for tests: storage without SQLite, compute without processes.

The tests here hold the contract of the storage ports against both fulfilments, so that they can't
drift apart.
"""
