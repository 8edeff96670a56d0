"""The end of a dataset: asked for first, and told to all who notice it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from bot.commands.group_notices import keep_ids, tell_groups, with_warning
from bot.commands.loan_notices import keep_loans, tell_deleted
from bot.commands.suggestions_gone import Waiting, keep_waiting, tell_gone, with_waiting
from bot.commands.switches import standing, switched
from bot.context import Context
from bot.keyboards import Press, keyboard
from bot.texts import Html
from core.entities import Dataset, Loan
from core.errors import DatasetNotFound


@dataclass(frozen=True, slots=True)
class _Affected:
    """Who notices that a dataset is deleted: groups that teach it, groups in which its model answers without that,
    chats that have its live model by a link, and those whose photos wait for it."""

    teaching: tuple[int, ...]
    using: tuple[int, ...]
    loans: tuple[Loan, ...]
    waiting: tuple[Waiting, ...]


async def on_delete(context: Context, press: Press) -> None:
    """Asks for a confirmation in place of the message."""
    dataset = await context.services.datasets.get(context.me.id, press.number())
    texts, button = context.texts, context.buttons
    groups = await context.services.groups.using_dataset(context.me.id, dataset.id)
    await context.message.edit_text(
        with_warning(context, await _question(context, dataset), groups),
        reply_markup=keyboard(
            [
                button(texts.plain("button.delete_yes"), "dataset_delete_yes", dataset.id),
                button(texts.plain("button.back"), "dataset_open", dataset.id),
            ]
        ),
    )


async def on_delete_yes(context: Context, press: Press) -> None:
    """Deletes the dataset. Raises AlreadyRunning while a job of the user may need it."""
    services, said = context.services.datasets, context.kept("said")
    affected = await _keep_affected(context, press.number())
    if said is None:
        before = await standing(context)
        dataset = await services.get(context.me.id, press.number())
        await context.keep("said", said := context.texts("dataset.deleted", name=dataset.name))
        await services.delete(context.me.id, dataset.id)
        said = "\n".join((said, *await switched(context, before)))
    else:
        # It was about to be deleted when the process died.
        with suppress(DatasetNotFound):
            await services.delete(context.me.id, press.number())
    await context.message.edit_text(said)
    await tell_groups(context, affected.teaching, "group.set_gone")
    await tell_groups(context, affected.using, "group.model_gone")
    await tell_deleted(context, affected.loans)
    await tell_gone(context, affected.waiting)


async def _question(context: Context, dataset: Dataset) -> Html:
    texts = context.texts
    live = await context.services.models.live_of(dataset)
    question = texts(
        "dataset.delete_ask_live" if live else "dataset.delete_ask",
        name=dataset.name,
        images=texts.plural("count.photos", dataset.images),
    )
    if live and (people := await context.services.links.people(context.me.id, live.id)):
        question = Html(f"{question}\n{texts.plural('remove.shared', people)}")
    return await with_waiting(context, question, dataset.id)


async def _keep_affected(context: Context, dataset_id: int) -> _Affected:
    """Notes them before the deletion, after which they can't be found."""
    groups = await context.services.groups.using_dataset(context.me.id, dataset_id)
    teaching = [group for group in groups if group.own and group.own.dataset_id == dataset_id]
    return _Affected(
        await keep_ids(context, teaching, "teaching"),
        await keep_ids(context, [group for group in groups if group not in teaching], "using"),
        await _keep_loans(context, dataset_id),
        await keep_waiting(context, dataset_id),
    )


async def _keep_loans(context: Context, dataset_id: int) -> tuple[Loan, ...]:
    """The chats that are about to lose the dataset's live model."""
    services = context.services.models
    for model in await services.list(context.me.id):
        if model.is_live and model.dataset_id == dataset_id:
            return await keep_loans(context, model.id)
    # There is none, or a crash came after the deletion and the note is there: nobody has the baseline by a link.
    return await keep_loans(context, services.baseline.id)
