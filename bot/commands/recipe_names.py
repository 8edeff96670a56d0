"""Recipes, their steps and their settings in the reader's language."""

from __future__ import annotations

from bot.texts import Texts
from core.entities import ParameterValue, Recipe

STEPS = ("features", "classifier")
_MEMBERS = "members"


def recipe_name(recipe: Recipe, texts: Texts) -> str:
    """A short name: "network + kernel ridge"."""
    return " + ".join(
        (_step("features", recipe.features, texts), _step("classifier", recipe.classifier, texts))
    )


def option_name(setting: str, value: ParameterValue, texts: Texts) -> str:
    """A setting's value as a button shows it; a step with the word that /fit takes for it."""
    if isinstance(value, bool):
        return texts.plain("value.yes" if value else "value.no")
    if isinstance(value, (int, float)):
        return texts.number(value, 4)
    if setting in STEPS:
        named = _step(setting, value, texts)
        return named if named == value else f"{named} · {value}"
    if setting == _MEMBERS:
        return " + ".join(_step("classifier", name, texts) for name in value.split(","))
    key = f"value.{value}"
    return texts.plain(key) if texts.has(key) else value


def _step(kind: str, name: str, texts: Texts) -> str:
    """An operator's own network has no other name than this one."""
    key = f"{kind}.{name}"
    return texts.plain(key) if texts.has(key) else name
