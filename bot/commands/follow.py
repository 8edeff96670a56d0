"""A job, followed in the chat: one message that shows its progress and becomes its result."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from telegram import InlineKeyboardMarkup, Message

from bot.context import Context
from bot.errors import explain
from bot.keyboards import keyboard
from bot.progress import ProgressMessage, Render, Timing
from bot.texts import Html, Texts
from core.entities import Job, Progress
from core.errors import JobInterrupted, JobParked

T = TypeVar("T")
Result = TypeVar("Result", covariant=True)

Said = tuple[Html, InlineKeyboardMarkup | None]


class Followed(Protocol[Result]):
    """A job that runs, or several that run one after the other."""

    @property
    def job(self) -> Job:
        """Its row, or that of the first."""

    @property
    def progress(self) -> Progress:
        """What was reported last."""

    async def result(self) -> Result:
        """Waits for the end."""


def time_left(progress: Progress, timing: Timing, texts: Texts) -> str:
    """The seconds that a stage still takes, else those that the work has taken: they never stand
    still."""
    left_s = timing.left(progress)
    if left_s is None:
        return texts.plain("progress.elapsed", seconds=texts.number(timing.seconds))
    return texts.plain("progress.left", seconds=texts.number(left_s))


async def _nothing_more(message: Message, result: object) -> None:
    """Sends nothing after the result, as for most jobs."""


def follow(
    context: Context,
    running: Followed[T],
    render: Render,
    tell: Callable[[T], Awaitable[Said]],
    fail: Callable[[Exception], Said] | None = None,
    *,
    reply_to: Message,
    instead: Message | None = None,
    quote: bool | None = None,
    then: Callable[[Message, T], Awaitable[None]] = _nothing_more,
) -> None:
    """Follows a job beside the handlers, so that /cancel and all else are answered meanwhile.

    render : the progress as the message shows it. tell : the result, as the message says it at the end.
    fail : what it says of an error; by default its sentence. instead : a message of the bot's to take
    over, in place of a new one that answers `reply_to`, as a reply to it where `quote` says so.
    then : sends what comes after the result.
    """

    async def run() -> None:
        button = context.buttons(context.texts.plain("button.cancel"), "cancel", running.job.kind)
        shown = ProgressMessage.show(
            reply_to, instead, lambda: running.progress, render, keyboard([button]), quote=quote
        )
        async with await shown as message:
            # Whatever fails, the message must not stay as it is.
            try:
                result = await running.result()
            except JobParked as error:
                context.processor.park()
                await message.become(explain(error, context.texts))
                return
            except JobInterrupted:
                await message.become(context.texts(f"interrupted.{running.job.kind}"))
                return
            except Exception as error:
                await message.become(*(fail(error) if fail else (explain(error, context.texts),)))
                return
            try:
                text, buttons = await tell(result)
            except Exception as error:  # the result is stored all the same
                text = context.texts("job.stored", error=explain(error, context.texts))
                buttons = None
            await then(await message.become(text, buttons), result)

    context.beside(run())
