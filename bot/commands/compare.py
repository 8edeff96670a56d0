"""/compare: the learning curves of chosen models on one chart, and a table of their scores."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from telegram import InlineKeyboardMarkup, Update
from telegram.constants import ChatAction

from bot.commands.card import f1_text, headline, is_guess, table_accuracy
from bot.commands.chart_numbers import numbers_of
from bot.commands.labels import model_name
from bot.commands.model_choice import find_model
from bot.commands.recipe_names import recipe_name
from bot.commands.summary import short
from bot.context import Context
from bot.keyboards import MAX_NUMBER, Press, StalePress, keyboard
from bot.texts import Html
from core.entities import ChartRequest, Model, ModelKind

# As many models as a chart can show and a button's data can name: one more than these, with five
# hexadecimal digits each, beside an owner of ten decimal digits.
MAX_COMPARED = 5
MODELS_OFFERED = 12
TABLE_NAME_LENGTH = 16
BUTTON_NAME_LENGTH = 28
_SEPARATOR = "."
_NUMBERS = re.compile(r"(?:[#№]?\s*[0-9]+[\s,]*){2,}")


async def compare(update: Update, context: Context) -> None:
    """/compare: with names or numbers it compares these models; without, it shows buttons to choose
    by."""
    names = _named(" ".join(context.args or []))
    if names:
        await _compare(context, await _found(context, names))
        return
    kept = await context.services.models.list(context.me.id)
    if len(kept) < 2:
        await context.message.reply_text(context.texts("compare.too_few"))
        return
    chosen = [m.id for m in kept[:2]]
    await context.message.reply_text(
        context.texts("compare.ask", most=MAX_COMPARED),
        reply_markup=_choice_keyboard(context, kept, chosen),
    )


async def on_choose(context: Context, press: Press) -> None:
    """Shows the choice that the button's data encodes."""
    chosen = decode_ids(press.argument())
    if len(chosen) > MAX_COMPARED:
        text = context.texts.plain("compare.too_many", most=MAX_COMPARED)
        await context.acknowledge(text, alert=True)
        return
    kept = await context.services.models.list(context.me.id)
    await context.message.edit_reply_markup(_choice_keyboard(context, kept, chosen))


async def on_compare(context: Context, press: Press) -> None:
    """Compares the models that the button names and that still exist; at least two."""
    found = await context.services.models.some(context.me.id, decode_ids(press.argument()))
    if len(found) < 2:
        await context.acknowledge(context.texts.plain("compare.choose_two"), alert=True)
        return
    await context.acknowledge()
    await _compare(context, found)


def _named(text: str) -> list[str]:
    """The models of "apples, pears 2", and of "9 11" or "#9 #11", where spaces separate numbers."""
    if _NUMBERS.fullmatch(text):
        return re.findall(r"[0-9]+", text)
    return [name.strip() for name in text.split(",") if name.strip()]


async def _found(context: Context, names: Sequence[str]) -> list[Model]:
    """The models of these names, each once, as many as can be compared. Raises ModelNotFound."""
    found = [await find_model(context, name) for name in names]
    return list({model.id: model for model in found}.values())[:MAX_COMPARED]


async def _compare(context: Context, models: Sequence[Model]) -> None:
    """Sends the table, and the chart in the same order, the best model first."""
    texts, chat = context.texts, context.message.chat
    await context.show_action(ChatAction.UPLOAD_PHOTO)
    models = sorted(models, key=lambda model: -headline(model.card.report)[0])
    await chat.send_message(_table(context, models))
    curves = {
        model_name(m, texts): m.card.report.curve for m in models if m.card.report.curve is not None
    }
    if not curves:
        await chat.send_message(texts("compare.no_curves"))
        return
    (chart,) = await context.services.charts.draw([ChartRequest("compared", curves, texts.charts)])
    without = ", ".join(model_name(m, texts) for m in models if m.card.report.curve is None)
    lines = (
        texts("compare.without_curve", names=without) if without else None,
        numbers_of(chart, texts),
    )
    await chat.send_photo(chart.png, caption=Html("\n".join(filter(None, lines))) or None)


def _table(context: Context, models: Sequence[Model]) -> Html:
    """The scores in a fixed-width table, and each model's recipe below."""
    texts = context.texts
    header = (
        texts.plain("compare.model"),
        texts.plain("compare.accuracy"),
        "F1",
        texts.plain("compare.seconds"),
    )
    rows = [header] + [
        (
            short(model_name(m, texts), TABLE_NAME_LENGTH),
            table_accuracy(m.card.report, texts),
            f1_text(m.card.report, texts),
            texts.seconds(m.card.report.seconds.fit) if m.kind is ModelKind.CUSTOM else "–",
        )
        for m in models
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
    lines = (
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
    table = escape("\n".join(lines))
    recipes = "\n".join(
        texts("compare.recipe", name=model_name(m, texts), recipe=recipe_name(m.card.recipe, texts))
        for m in models
    )
    guessed = ", ".join(model_name(m, texts) for m in models if is_guess(m.card.report))
    guesses = [texts("compare.guesses", names=guessed)] if guessed else []
    return Html("\n".join([texts("compare.title"), f"<pre>{table}</pre>", recipes, *guesses]))


def _choice_keyboard(
    context: Context, kept: Sequence[Model], chosen: Sequence[int]
) -> InlineKeyboardMarkup:
    button, texts = context.buttons, context.texts
    rows = [
        [
            button(
                f"{'✓' if m.id in chosen else '☐'} {short(m.name, BUTTON_NAME_LENGTH)}",
                "compare_choose",
                encode_ids(_toggled(chosen, m.id)),
            )
        ]
        for m in kept[:MODELS_OFFERED]
    ]
    return keyboard(*rows, [button(texts.plain("button.compare"), "compare", encode_ids(chosen))])


def _toggled(chosen: Sequence[int], model_id: int) -> list[int]:
    rest = [m for m in chosen if m != model_id]
    return rest if len(rest) < len(chosen) else [*chosen, model_id][: MAX_COMPARED + 1]


def encode_ids(ids: Sequence[int]) -> str:
    """Model ids as a button's argument: hexadecimal numbers joined by full stops."""
    return _SEPARATOR.join(f"{i:x}" for i in ids)


def decode_ids(text: str) -> list[int]:
    """The numbers that `encode_ids` wrote. Raises StalePress."""
    try:
        ids = [int(part, 16) for part in text.split(_SEPARATOR) if part]
    except ValueError:
        raise StalePress from None
    if not all(0 <= number <= MAX_NUMBER for number in ids):
        raise StalePress
    return ids
