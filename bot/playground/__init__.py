"""Telegram's Bot API played on the loopback, and a chat page for a person."""

from bot.playground.handlers import SamplePictures
from bot.playground.limits import FloodLimits, Rate
from bot.playground.server import Playground

__all__ = ["FloodLimits", "Playground", "Rate", "SamplePictures"]
