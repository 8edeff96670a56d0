"""Accounts: consent, everything that is kept of a person, and its end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from core.entities import Consent, Job, JobKind, JobState, Progress, Usage, User
from core.ports import Accounts, Jobs, OnProgress, Suggestions
from core.services.datasets import DatasetService
from core.services.exports import ExportService
from core.services.jobs import JobRunner, RunningJob
from core.services.models import ModelService

NOTICE_DAYS = 14
"""So long before its end a person is told that an unused account will be deleted."""

Hand = Callable[[Path, str], Awaitable[None]]
"""Takes a file, which is deleted afterwards, and the name that it is for the person."""


class AccountService:
    """What a person may ask of what is kept of them."""

    def __init__(
        self,
        accounts: Accounts,
        suggestions: Suggestions,
        jobs: Jobs,
        datasets: DatasetService,
        models: ModelService,
        exports: ExportService,
        runner: JobRunner,
    ) -> None:
        self._accounts = accounts
        self._suggestions = suggestions
        self._jobs = jobs
        self._datasets = datasets
        self._models = models
        self._exports = exports
        self._runner = runner

    async def consent(self, user_id: int) -> Consent | None:
        """What the person agreed to; None if to nothing."""
        return await self._accounts.consent(user_id)

    async def agree(self, user_id: int, version: str) -> None:
        """The person read this version of the text and agreed that photos are kept."""
        await self._accounts.agree(user_id, version)

    async def revoke(self, user_id: int) -> None:
        """The person takes the consent back: nothing new is kept, what is there stays until deleted."""
        await self._accounts.revoke(user_id)

    async def export(
        self, user_id: int, chat_id: int, max_bytes: int, hand: Hand
    ) -> RunningJob[int]:
        """Begins to write all that is kept of the person: the rows as JSON, each model's file, each
        dataset's photos as ZIPs of at most `max_bytes`. One file at a time is on the disk, and handed to
        `hand`. The job returns how many there were.

        Raises AlreadyRunning. The job raises JobCancelled, the workers' errors and what `hand` raises.
        """

        async def work(folder: Path, on_progress: OnProgress) -> int:
            datasets = await self._datasets.list(user_id)
            models = await self._models.list(user_id)
            steps, done, written = 1 + len(models) + len(datasets), 0, 0

            async def give(path: Path, name: str) -> None:
                nonlocal written
                written += 1
                await hand(path, name)

            async def give_part(name: str, part: Path, number: int) -> None:
                await give(part, f"{name}-{number}.zip")

            def step() -> None:
                nonlocal done
                done += 1
                on_progress(Progress("export", done, steps))

            record = folder / "record.json"
            await self._accounts.write_record(user_id, record)
            await give(record, "lukoshko.json")
            step()
            for model in models:
                out = folder / "model.onnx"
                content = await self._models.file(model)
                await asyncio.to_thread(out.write_bytes, content)
                await give(out, f"{model.number}-{model.name}.onnx")
                step()
            for dataset in datasets:
                files = await self._datasets.files_of(dataset, folder)
                await self._exports.write_parts(
                    files,
                    folder / "part.zip",
                    max_bytes,
                    partial(give_part, dataset.name),
                )
                step()
            return written

        async def keep(job: Job, written: int) -> int:
            await self._jobs.end(job.id, JobState.DONE)
            return written

        return await self._runner.submit(user_id, JobKind.EXPORT, chat_id, work, keep)

    async def users(self) -> Sequence[User]:
        """Everybody who wrote."""
        return await self._accounts.users()

    async def usage_of_all(self) -> Usage:
        """What is kept of all people together."""
        return await self._accounts.usage()

    async def ban(self, user_id: int) -> None:
        """The person is not served any more; nobody is asked about photos that they suggested."""
        await self._accounts.ban(user_id)
        await self._suggestions.forget_person(user_id)

    async def unban(self, user_id: int) -> bool:
        """The person is served again; False if they were not banned."""
        return await self._accounts.unban(user_id)

    async def banned(self) -> frozenset[int]:
        """The numbers of those who are not served."""
        return await self._accounts.banned()

    async def delete(self, user_id: int) -> None:
        """Stops what runs for the person, and deletes all that is kept of them."""
        await self._runner.cancel(user_id)
        await self._accounts.delete(user_id)

    async def to_tell(self, retention_days: int) -> Sequence[User]:
        """Those whose account was unused so long that it will be deleted after NOTICE_DAYS, and who do
        not know yet."""
        since = datetime.now(UTC).date() - timedelta(days=max(0, retention_days - NOTICE_DAYS))
        return await self._accounts.unseen(since)

    async def set_told(self, user_id: int) -> None:
        """The person was told, today, or can't be told any more."""
        await self._accounts.set_told(user_id, datetime.now(UTC).date())

    async def delete_unused(self) -> int:
        """Deletes the accounts whose users were told NOTICE_DAYS ago and did not write since; how many."""
        before = datetime.now(UTC).date() - timedelta(days=NOTICE_DAYS)
        unused = await self._accounts.told(before)
        for user in unused:
            await self.delete(user.id)
        return len(unused)
