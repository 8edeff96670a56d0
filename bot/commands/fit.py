"""/fit: a recipe by buttons or by words, the training, and its report."""

from __future__ import annotations

from telegram import InlineKeyboardMarkup, Message, Update

from bot.commands.card import model_number, report_lines
from bot.commands.choice import Choice
from bot.commands.fit_words import parse
from bot.commands.follow import Said, follow, time_left
from bot.commands.mistakes import mistakes_row
from bot.commands.recipe_names import option_name, recipe_name
from bot.commands.repairs import offer_repairs
from bot.commands.report_charts import send_charts
from bot.commands.summary import bar
from bot.commands.switches import dataset_switched
from bot.context import Context
from bot.keyboards import Press, in_rows, keyboard
from bot.progress import Timing
from bot.texts import Html, Texts
from core.entities import Dataset, Model, Progress, Recipe
from core.services.limits import check_trainable

CHOSEN = "✓ "
OPTION_COLUMNS = 2


async def fit(update: Update, context: Context) -> None:
    """/fit: without arguments it shows the plan, with a button to train; with arguments it starts the
    training."""
    datasets = context.services.datasets
    if not context.args:
        await _propose(context, await datasets.current(context.me))
        return
    wish = parse(" ".join(context.args), await datasets.list(context.me.id))
    if wish.dataset is None:
        dataset = await datasets.current(context.me)
    else:
        dataset = await datasets.choose(context.me.id, wish.dataset.id)
        if dataset.id != context.me.dataset_id:
            await context.message.reply_text(dataset_switched(context, dataset))
    await _start(context, dataset, wish.recipe, wish.name, curve=wish.curve)


async def on_fit(context: Context, press: Press) -> None:
    """Makes the dataset the current one and shows the plan."""
    dataset = await context.services.datasets.choose(context.me.id, press.number())
    await context.acknowledge()
    await _propose(context, dataset)


async def on_plan(context: Context, press: Press) -> None:
    """Goes back from the settings to the plan."""
    dataset, choice = await _pressed(context, press)
    await _show(context, _plan(context, dataset, choice), _plan_keyboard(context, dataset, choice))


async def on_choose(context: Context, press: Press) -> None:
    """Shows the settings of the choice that the button encodes."""
    dataset, choice = await _pressed(context, press)
    text = context.texts("fit.settings", name=dataset.name)
    await _show(context, text, _settings_keyboard(context, dataset, choice))


async def on_pick(context: Context, press: Press) -> None:
    """Shows the options of one setting."""
    dataset, choice = await _pressed(context, press)
    setting = choice.setting(press.number(2))
    text = context.texts(f"about.{setting}")
    await _show(context, text, _options_keyboard(context, dataset, choice, setting))


async def on_train(context: Context, press: Press) -> None:
    """Trains the chosen recipe; the message with the buttons becomes the progress."""
    dataset, choice = await _pressed(context, press)
    recipe, curve, instead = choice.recipe, choice.curve, context.message
    await context.once(lambda: _start(context, dataset, recipe, None, curve=curve, instead=instead))


async def _pressed(context: Context, press: Press) -> tuple[Dataset, Choice]:
    """The dataset and the choice that a button names."""
    dataset = await context.services.datasets.get(context.me.id, press.number())
    return dataset, Choice.decode(press.argument(1))


async def _show(context: Context, text: Html, buttons: InlineKeyboardMarkup) -> None:
    await context.message.edit_text(text, reply_markup=buttons)


async def _propose(context: Context, dataset: Dataset) -> None:
    """Raises DatasetEmpty, TooFewClasses, TooFewPhotos."""
    check_trainable(dataset)
    choice = Choice.default()
    text = _plan(context, dataset, choice)
    if context.me.dataset_id not in (None, dataset.id):
        text = Html(f"{text}\n{dataset_switched(context, dataset)}")
    await context.message.chat.send_message(
        text, reply_markup=_plan_keyboard(context, dataset, choice)
    )


def _plan(context: Context, dataset: Dataset, choice: Choice) -> Html:
    texts = context.texts
    return texts(
        "fit.plan",
        name=dataset.name,
        images=texts.plural("count.photos", dataset.images),
        classes=texts.plural("count.classes", len(dataset.classes)),
        recipe=recipe_name(choice.recipe, texts),
        seconds=texts.number(context.services.fits.budget_s, 1),
    )


def _plan_keyboard(context: Context, dataset: Dataset, choice: Choice) -> InlineKeyboardMarkup:
    texts, button = context.texts, context.buttons
    encoded = choice.encode()
    return keyboard(
        [
            button(texts.plain("button.train"), "fit_train", dataset.id, encoded),
            button(texts.plain("button.settings"), "fit_choose", dataset.id, encoded),
        ]
    )


def _settings_keyboard(context: Context, dataset: Dataset, choice: Choice) -> InlineKeyboardMarkup:
    """One row per setting with its value, which opens its options; then train, and back."""
    texts, button = context.texts, context.buttons
    encoded = choice.encode()
    rows = [
        [
            button(
                texts.plain(
                    "button.setting",
                    setting=texts.plain(f"setting.{setting}"),
                    value=option_name(setting, choice.value(setting), texts),
                ),
                *("fit_pick", dataset.id, encoded, position),
            )
        ]
        for position, setting in enumerate(choice.settings)
    ]
    last = [
        button(texts.plain("button.train"), "fit_train", dataset.id, encoded),
        button(texts.plain("button.back"), "fit_plan", dataset.id, encoded),
    ]
    return keyboard(*rows, last)


def _options_keyboard(
    context: Context, dataset: Dataset, choice: Choice, setting: str
) -> InlineKeyboardMarkup:
    texts, button = context.texts, context.buttons
    options = [
        button(
            (CHOSEN if value == choice.value(setting) else "") + option_name(setting, value, texts),
            *("fit_choose", dataset.id, option.encode()),
        )
        for value, option in choice.options(setting)
    ]
    back = button(texts.plain("button.back"), "fit_choose", dataset.id, choice.encode())
    return keyboard(*in_rows(options, OPTION_COLUMNS), [back])


def _time(progress: Progress, timing: Timing, context: Context) -> str:
    """The time that is left: of the budget, once the training has begun, else as `time_left` knows."""
    trained_s = timing.since("fit")
    left_s = 0.0 if trained_s is None else context.services.fits.budget_s - trained_s
    if left_s <= 0:
        return time_left(progress, timing, context.texts)
    return context.texts.plain("progress.at_most", seconds=context.texts.number(left_s))


def _ladder(progress: Progress, texts: Texts) -> Html:
    """The rungs so far, one line each: a growing learning curve."""
    lines = (
        texts(
            "fit.rung",
            bar=bar(rung.accuracy),
            share=texts.percent(rung.accuracy),
            n=texts.number(rung.n),
        )
        for rung in progress.rungs
    )
    return Html("".join(f"\n{line}" for line in lines))


async def _start(
    context: Context,
    dataset: Dataset,
    recipe: Recipe,
    name: str | None,
    *,
    curve: bool,
    instead: Message | None = None,
) -> None:
    """Begins the training, which the chat then follows."""
    texts = context.texts
    running = await context.services.fits.fit(dataset, context.chat_id, recipe, name, curve=curve)

    def render(progress: Progress, timing: Timing) -> Html:
        return texts(
            f"fit.stage.{progress.stage}",
            done=texts.number(progress.done),
            total=texts.number(progress.total),
            time=_time(progress, timing, context),
            rungs=_ladder(progress, texts),
        )

    async def tell(model: Model) -> Said:
        return _report(model, context), _report_keyboard(model, dataset, context)

    async def then(sent: Message, model: Model) -> None:
        await send_charts(sent, model, model.card.report, context)
        await offer_repairs(sent, model, dataset.id, context)

    follow(context, running, render, tell, reply_to=context.message, instead=instead, then=then)


def _report(model: Model, context: Context) -> Html:
    texts = context.texts
    lines = [
        texts("fit.done", name=model.name, number=model_number(model, texts)),
        texts("card.recipe", recipe=recipe_name(model.card.recipe, texts)),
        *report_lines(model, texts),
        texts("fit.use_it"),
    ]
    return Html("\n".join(lines))


def _report_keyboard(model: Model, dataset: Dataset, context: Context) -> InlineKeyboardMarkup:
    texts, button = context.texts, context.buttons
    return keyboard(
        [button(texts.plain("button.use"), "use", model.id)],
        mistakes_row(context, model, dataset),
        [
            button(texts.plain("button.details"), "model", model.id),
            button(texts.plain("button.delete"), "remove", model.id),
        ],
    )
