"""/fit: a recipe by buttons or by words, the training, and its report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update

from bot.commands.card import report_lines
from bot.commands.choice import Choice
from bot.commands.follow import Said, follow
from bot.commands.mistakes import mistakes_row
from bot.commands.repairs import offer_repairs
from bot.commands.report_charts import send_charts
from bot.commands.summary import bar
from bot.context import Context
from bot.keyboards import Press, in_rows, keyboard
from bot.texts import Html, Texts
from core.entities import Dataset, Model, Parameter, ParameterValue, Progress, Recipe
from core.errors import SettingUnclear
from core.recipes import (
    CLASSIFIERS,
    EXTRACTORS,
    can_be,
    is_installed,
    is_setting,
    make_recipe,
    parse_value,
)

CHOSEN = "✓ "
FEATURE_COLUMNS = 3
CLASSIFIER_COLUMNS = 5
CURVE = Parameter("curve", "bool", default=False)
_STEPS = {"features": EXTRACTORS, "classifier": CLASSIFIERS}


async def fit(update: Update, context: Context) -> None:
    """/fit: without arguments it shows buttons to choose by; with arguments it starts the
    training."""
    dataset = await context.services.datasets.current(context.me)
    if not context.args:
        await _ask(context, dataset)
        return
    name, recipe, curve = _parse(context.args)
    await _start(context, dataset, recipe, name, curve=curve)


async def on_fit(context: Context, press: Press) -> None:
    """Makes the dataset the current one and shows the buttons to choose a recipe by."""
    dataset = await context.services.datasets.choose(context.me.id, press.number())
    await context.acknowledge()
    await _ask(context, dataset)


async def on_choose(context: Context, press: Press) -> None:
    """Shows the buttons for the choice that the pressed one encodes."""
    dataset = await context.services.datasets.get(context.me.id, press.number())
    choice = Choice.decode(press.argument(1))
    await context.message.edit_reply_markup(_choice_keyboard(context, dataset, choice))


async def on_train(context: Context, press: Press) -> None:
    """Trains the chosen recipe; the message with the buttons becomes the progress."""
    dataset = await context.services.datasets.get(context.me.id, press.number())
    choice = Choice.decode(press.argument(1))
    await _start(context, dataset, choice.recipe, None, curve=choice.curve, instead=context.message)


async def _ask(context: Context, dataset: Dataset) -> None:
    texts = context.texts
    await context.message.chat.send_message(
        texts(
            "fit.ask",
            name=dataset.name,
            images=texts.plural("count.photos", dataset.images),
            classes=texts.plural("count.classes", len(dataset.classes)),
            seconds=texts.number(context.services.fits.budget_s, 1),
        ),
        reply_markup=_choice_keyboard(context, dataset, Choice.default()),
    )


def _choice_keyboard(context: Context, dataset: Dataset, choice: Choice) -> InlineKeyboardMarkup:
    texts = context.texts

    def option(text: str, option: Choice) -> InlineKeyboardButton:
        mark = CHOSEN if option == choice else ""
        return context.buttons(f"{mark}{text}", "fit_choose", dataset.id, option.encode())

    def toggle(key: str, *, on: bool, toggled: Choice) -> InlineKeyboardButton:
        mark = CHOSEN if on else "☐ "
        return context.buttons(
            f"{mark}{texts.plain(key)}", "fit_choose", dataset.id, toggled.encode()
        )

    features = [option(name, choice.with_features(i)) for i, name in enumerate(EXTRACTORS)]
    classifiers = [
        option(name, choice.with_classifier(i))
        for i, name in enumerate(CLASSIFIERS)
        if is_installed(name)
    ]
    values = [
        [
            option(_option_text(parameter, suggestion), choice.with_value(position, index))
            for index, suggestion in enumerate(parameter.suggestions)
        ]
        for position, parameter in enumerate(choice.shown)
    ]
    toggles = [
        toggle(
            "fit.toggle_probability",
            on=choice.probability,
            toggled=replace(choice, probability=not choice.probability),
        ),
        toggle(
            "fit.toggle_curve", on=choice.curve, toggled=replace(choice, curve=not choice.curve)
        ),
    ]
    train = context.buttons(texts.plain("button.train"), "fit_train", dataset.id, choice.encode())
    recipe = [*in_rows(features, FEATURE_COLUMNS), *in_rows(classifiers, CLASSIFIER_COLUMNS)]
    return keyboard(*recipe, *values, toggles, [train])


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


def _option_text(parameter: Parameter, suggestion: ParameterValue) -> str:
    """A button's text: "C 10" for a number; a word as it is."""
    if isinstance(suggestion, str):
        return suggestion
    return f"{parameter.name.split('__')[-1]} {suggestion:g}"


def _parse(words: list[str]) -> tuple[str | None, Recipe, bool]:
    """Name, recipe and True if a curve is wanted, from "my apples C=1 kernel=linear curve=yes".

    Raises SettingUnclear and what `make_recipe` and `parse_value` raise.
    """
    settings = dict(word.split("=", 1) for word in words if "=" in word)
    bare = [word for word in words if "=" not in word]
    _check_spaces(settings, bare)
    step_of = {name: step for step in _STEPS for name in _STEPS[step]}
    # "hog" alone means features=hog, and is no name for a model of other features.
    settings |= {
        step_of[word.casefold()]: word.casefold() for word in bare if word.casefold() in step_of
    }
    name = " ".join(word for word in bare if word.casefold() not in step_of) or None
    features = settings.pop("features", None)
    classifier = settings.pop("classifier", None)
    curve = parse_value(CURVE, settings.pop("curve", "no"))
    return name, make_recipe(features, classifier, settings), bool(curve)


def _check_spaces(settings: Mapping[str, str], bare: Sequence[str]) -> None:
    """Raises SettingUnclear for "C = 1", "C= 1" and "C 1", which would name a model "C 1"."""
    if not all(settings.keys()) or not all(settings.values()):
        raise SettingUnclear(example="C=1")
    for word, value in pairwise(bare):
        if _is_setting(word, value):
            raise SettingUnclear(example=f"{word}={value}")


def _is_setting(word: str, value: str) -> bool:
    """Return whether /fit accepts "word=value"."""
    wanted = word.casefold()
    if wanted in _STEPS:
        return value.casefold() in _STEPS[wanted]
    return is_setting(word, value) or (wanted == CURVE.name and can_be(CURVE, value))


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

    def render(progress: Progress, seconds: float) -> Html:
        return texts(
            f"fit.stage.{progress.stage}",
            done=texts.number(progress.done),
            total=texts.number(progress.total),
            seconds=texts.number(seconds),
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
        texts("fit.done", name=model.name, id=model.id),
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
