"""Which runner there is: for this machine or a cluster, with what is kept in a folder or in a bucket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.jobs.carrying import Apart, CarryingRunner
from core.jobs.fetching import FetchingRunner
from core.jobs.local import LocalRunner
from core.jobs.rights import Rights
from core.jobs.runner import Runner
from core.mirror import Mirror
from core.objects import SEALED, Bucket, Objects

if TYPE_CHECKING:
    from core.jobs.cluster import ClusterRunner


@dataclass(frozen=True)
class Kept:
    """What is kept in a bucket. mirror : this machine's part of it; a node's is as large."""

    bucket: Bucket
    mirror: Mirror


@dataclass(frozen=True)
class Site:
    """Where tasks find their files.

    folders : by name, with absolute paths; what is kept of people is in the one that is named `sealed`, work in
        progress in the others. shared : those that the nodes of a cluster must see, where nothing is in a bucket.
    """

    folders: Mapping[str, Path]
    shared: Sequence[Path] = ()
    kept: Kept | None = None

    @property
    def rights(self) -> Rights:
        """What a process that answers everybody's photos may reach: the owners' sealed files, to read, and the
        folders for work. Neither the database nor the journals beside them."""
        work = (str(path) for name, path in self.folders.items() if name != SEALED)
        return Rights((str(self.folders[SEALED]),), tuple(work))


def make_runner(site: Site, cluster: str | None) -> LocalRunner | ClusterRunner:
    """The runner whose processes do the work. cluster : HOST:PORT of its head; None for this machine."""
    if cluster is None:
        return LocalRunner(warm_rights=site.rights)
    from core.jobs.cluster import ClusterRunner  # it imports Ray

    if site.kept is None:
        return ClusterRunner(cluster, site.shared, site.rights)
    apart = Apart(site.kept.bucket, site.kept.mirror.max_bytes, site.folders)
    return ClusterRunner(cluster, apart=apart)


def with_files(runner: LocalRunner | ClusterRunner, site: Site) -> Runner:
    """The runner whose tasks find their files, wherever these are."""
    if site.kept is None:
        return runner
    if isinstance(runner, LocalRunner):
        return FetchingRunner(runner, site.kept.mirror)
    return CarryingRunner(runner, Objects.of(site.kept.bucket), site.kept.mirror, site.folders)
