"""Cameras of the second-camera bench: single changes of a photo at fixed strengths, and all at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from numpy.random import Generator
from PIL import Image, ImageEnhance

from core.models.baseline.cameras import (
    another_camera,
    blurred,
    compressed,
    cropped,
    cut_out,
    exposed,
    far,
    noisy,
    tinted,
)

TABLE = (150, 120, 90)

CAMERAS: Mapping[str, Callable[[Image.Image, Generator], Image.Image]] = {
    "warm light": lambda image, _: tinted(image, 1.2, 1.0, 0.75),
    "cold light": lambda image, _: tinted(image, 0.8, 1.0, 1.2),
    "dark": lambda image, _: exposed(image, 1.9),
    "bright": lambda image, _: exposed(image, 0.55),
    "flat": lambda image, _: ImageEnhance.Contrast(image).enhance(0.5),
    "hard": lambda image, _: ImageEnhance.Contrast(image).enhance(1.7),
    "out of focus": lambda image, _: blurred(image, 0.0086),
    "noise": lambda image, random: noisy(image, 22, random),
    "nearer": lambda image, _: cropped(image, 0.6),
    "farther, on a table": lambda image, _: far(image, 0.65, TABLE),
    "cut out, on white": lambda image, _: cut_out(image),
    "in a corner": lambda image, random: cropped(image, 0.72, *random.integers(0, 2, 2).tolist()),
    "small JPEG": lambda image, _: compressed(image.reduce(2), 18),
    "another phone, all at once": another_camera,
}
