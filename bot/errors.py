"""Errors → one sentence in the reader's language; unexpected ones → the log, with a reference."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping, Sequence
from html import unescape

from telegram import Update
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.context import MAX_CALLBACK_ANSWER, Context
from bot.metrics import FAILURES
from bot.texts import Html, Texts
from core.errors import (
    ClassifierNotInstalled,
    LukoshkoError,
    ModelNotFound,
    NoRoom,
    NothingKept,
    PhotoMissing,
    SeveralSteps,
    TaskFailed,
    UnknownClassifier,
    UnknownExtractor,
    WorkerCrashed,
    error_of_disk,
)
from core.ports import origin
from core.recipes import YES_OR_NO

logger = logging.getLogger(__name__)

# Faults of the program, not of the user: the answer is an apology with a reference.
_INTERNAL = (PhotoMissing, TaskFailed, WorkerCrashed)
# Facts that may have more than three digits.
_SIZES = ("megabytes", "max_megabytes")
# Facts that name steps of a recipe, as /fit takes them.
_STEPS: Mapping[type[LukoshkoError], Sequence[str]] = {
    UnknownClassifier: ("known",),
    UnknownExtractor: ("known",),
    ClassifierNotInstalled: ("name",),
    SeveralSteps: ("names",),
}


def sentence(error: LukoshkoError, texts: Texts) -> Html:
    """The error in the reader's language, as HTML."""
    return texts(f"error.{error.code}", **_localized_facts(error, texts))


def is_expected(error: BaseException, texts: Texts) -> bool:
    """Return whether the catalogue has a sentence that helps the user."""
    return (
        isinstance(error, LukoshkoError)
        and not isinstance(error, _INTERNAL)
        and texts.has(f"error.{error.code}")
    )


def explain(error: BaseException, texts: Texts) -> Html:
    """The sentence for a known error; an unknown one is logged and gets an apology.

    Where an update is handled again after a crash, and had changed something before, what it asked for can't be done
    twice: that it is done is all there is to say.
    """
    if of_disk := error_of_disk(error):
        logger.warning("something could not be kept: %r", error.__cause__ or error)
        error = of_disk
    if is_done_before() and is_expected(error, texts):
        return texts("update.done")
    if isinstance(error, LukoshkoError) and is_expected(error, texts):
        FAILURES.labels(error.code).inc()
        return sentence(error, texts)
    if _is_out_of_reach(error):
        FAILURES.labels("telegram_unreachable").inc()
        logger.warning("Telegram could not be reached: %s", type(error).__name__)
        return texts("error.telegram_unreachable")
    return texts("error.unexpected", reference=log_unexpected(error))


def is_done_before() -> bool:
    """True where the current update had made its change before a crash."""
    current = origin.get()
    return current is not None and current.is_replay and current.has_acted


def log_unexpected(error: BaseException) -> str:
    """Logs the traceback and returns its reference."""
    reference = secrets.token_hex(3)
    detail = error.traceback if isinstance(error, TaskFailed) else ""
    FAILURES.labels("unexpected").inc()
    logger.error(
        "unexpected error, reference %s\n%s",
        reference,
        detail,
        exc_info=error,
        extra={"reference": reference},
    )
    return reference


def is_unchanged(error: BadRequest) -> bool:
    """Return whether an edit failed only because the message has this content already."""
    return "not modified" in error.message


def is_of_another_kind(error: BadRequest) -> bool:
    """Return whether an edit failed because the message has no such part: a button of ours was not there."""
    return "in the message to edit" in error.message


def is_gone(error: BadRequest) -> bool:
    """Return whether an edit failed because the message is not there any more, or too old."""
    return "not found" in error.message or "can't be edited" in error.message


async def on_error(update: object, context: Context) -> None:
    """Answers or logs everything that handlers raise."""
    error = context.error
    if error is None:
        return
    if isinstance(error, (Forbidden, RetryAfter, ChatMigrated)):
        # The bot was blocked, has said too much, or the chat has a new id: another message would not
        # arrive either.
        logger.warning("a user could not be answered: %s", type(error).__name__)
        return
    if isinstance(update, Update):
        await _meet_again(context)
    message = explain(error, context.texts)
    if isinstance(update, Update):
        await _tell(update, context, message)


async def _meet_again(context: Context) -> None:
    """Loads the user into an error's context, which is a new one. Storage may be what failed."""
    try:
        await context.meet()
    except (NoRoom, NothingKept) as error:
        logger.warning("whose update failed can't be kept; they are answered in English: %r", error)
    except Exception:
        logger.exception("whose update failed is not known; they are answered in English")


async def _tell(update: Update, context: Context, message: Html) -> None:
    alert = unescape(message)  # errors' sentences have no markup
    try:
        # After a crash the press may be too old to be answered.
        is_answerable = context.may_acknowledge and not is_done_before()
        if is_answerable and len(alert) <= MAX_CALLBACK_ANSWER:
            await context.acknowledge(alert, alert=True)
        elif update.effective_message:
            await update.effective_message.reply_text(message)
    except TelegramError as failure:
        logger.warning("the user could not be told: %s", type(failure).__name__)


def _is_out_of_reach(error: BaseException) -> bool:
    # BadRequest is a NetworkError too, but a fault of the program.
    return isinstance(error, NetworkError) and not isinstance(error, BadRequest)


def _step(name: str, texts: Texts) -> str:
    """A recipe's step in the reader's language, with the word that /fit takes for it."""
    for key in (f"features.{name}", f"classifier.{name}"):
        if texts.has(key) and texts.plain(key).casefold() != name:
            return f"{texts.plain(key)} ({name})"
    return name


def _localized_facts(error: LukoshkoError, texts: Texts) -> dict[str, object]:
    """The error's fields, with numbers written and the names of kinds and of things translated."""
    facts = {
        name: texts.number(fact, 1) if isinstance(fact, float) or name in _SIZES else fact
        for name, fact in error.facts.items()
    }
    if isinstance(error, ModelNotFound) and error.name.startswith("#"):
        facts["name"] = texts.plain("model.number", n=error.name[1:])
    if facts.get("allowed") == YES_OR_NO:
        facts["allowed"] = ", ".join(texts.plain(f"value.{word}") for word in ("yes", "no"))
    for name in _STEPS.get(type(error), ()):
        facts[name] = ", ".join(_step(one, texts) for one in str(facts[name]).split(", "))
    for name in ("kind", "what"):
        if name in facts and texts.has(f"{name}.{facts[name]}"):
            facts[name] = texts.plain(f"{name}.{facts[name]}")
    return facts
