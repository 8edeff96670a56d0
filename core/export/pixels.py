"""Pillow's ways to make a picture smaller, as nodes of an ONNX graph.

A picture is a uint8 value (height, width, 3). What is computed is what Pillow computes: the same blocks, the
same coefficients, and values rounded to 0–255 in the same places. ONNX's own Resize can't begin between two
pixels, as crops do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.export.graph import Graph, Operand, Value

# The widest reach of the cubic, pixels to each side (Keys, 1981, with a = −0.5).
_REACH = 2.0
_A = -0.5
_DRAFTS = (2, 4, 8)
# Coefficients are whole numbers of this one's parts. Their sums are exact in float64 only, and they matter: a
# network of eight bits gives vectors of a cosine of 0.9997 for pictures of which one pixel differs by 1.
_ONE = 2.0**22


@dataclass(frozen=True)
class Span:
    """A part of one axis, in pixels that may have fractions: two float64 values (1,)."""

    start: Value
    end: Value

    @property
    def length(self) -> Value:
        return self.end - self.start


def whole(picture: Value, axis: int) -> Span:
    """All of an axis."""
    length = picture.side(axis).cast(np.float64)
    return Span(length * 0.0, length)


def middle(picture: Value, axis: int, share: float) -> Span:
    """The middle of an axis, as `core.features.backbone.middle_box` has it."""
    length, margin = picture.side(axis).cast(np.float64), (1 - share) / 2
    return Span(length * margin, length * (1 - margin))


def decoded(picture: Value, side: int) -> Value:
    """The picture as `core.photos.images.decode` reduces a JPEG: its shorter side keeps `side` pixels.

    A JPEG is decoded at a half, a quarter or an eighth first. On photos of 5 to 24 megapixels that differs
    from the mean of blocks by 0.2 to 0.6 of 255 (mean of all pixels), and from a reduced inverse cosine
    transform by 0.6 to 1.8.
    """
    shorter = picture.side(0).minimum(picture.side(1))
    draft = picture.graph.constant([1], np.int64)
    for share in _DRAFTS:
        draft = (shorter / side >= share).where(draft.like([share]), draft)
    left = (shorter + draft - 1) / draft / side
    factor = draft * left.maximum(1)
    return reduced(picture, factor, factor)


def reduced(picture: Value, rows: Value, columns: Value) -> Value:
    """Means of blocks of rows × columns pixels, those at the right and the bottom perhaps smaller ones:
    Pillow's `reduce`. rows, columns : int64 (1,)."""
    return picture.graph.choose(
        rows * columns >= 2,
        lambda: _means_of_blocks(picture, rows, columns),
        lambda: picture.graph.node("Identity", picture),
    )


def _means_of_blocks(picture: Value, rows: Value, columns: Value) -> Value:
    height, width = picture.side(0), picture.side(1)
    sums = _row_sums(picture, rows)
    blocks = _padded(sums, columns, axis=1).reshaped(sums.side(0), -1, columns, 3)
    pixels = _sizes(height, rows).reshaped(-1, 1, 1) * _sizes(width, columns).reshaped(1, -1, 1)
    return _divided(blocks.sum(2), pixels)


def _divided(sums: Value, pixels: Value) -> Value:
    """The quotients, as Pillow has them: it multiplies by reciprocals of 24 bits, which are rounded down,
    and so are means that have no fraction, unless the number of pixels is a power of two."""
    reciprocals = (pixels.cast(np.float32).like(2.0**32) / (pixels * 256).cast(np.float32)).floor()
    halves = sums.cast(np.int64) + pixels / 2
    return (halves * reciprocals.cast(np.int64) / 2**24).cast(np.uint8)


def _row_sums(picture: Value, rows: Value) -> Value:
    """int32 (blocks, width, 3): sums of blocks of rows. A product of integers: a photo of 12 megapixels
    as int32 would take 144 MB."""
    width = picture.side(1)
    blocks = _padded(picture, rows, axis=0).reshaped(-1, rows, width * 3)
    one = picture.graph.constant(np.ones((1, 1)), np.uint8)
    ones = picture.graph.node("Expand", one, picture.graph.join([rows.like([1]), rows], 0))
    sums = picture.graph.node("MatMulInteger", ones, blocks, dtype=np.int32)
    return sums.reshaped(-1, width, 3)


def _padded(picture: Value, factor: Value, axis: int) -> Value:
    """With as many rows (or columns) of 0 at the end as make their number a multiple of the factor."""
    length = picture.side(axis)
    missing = (length + factor - 1) / factor * factor - length
    pads = [length.like([0])] * 6
    pads[3 + axis] = missing
    return picture.graph.node("Pad", picture, picture.graph.join(pads, 0), mode="constant")


def _sizes(length: Value, factor: Value) -> Value:
    """Pixels in each block of an axis, int64 (blocks,)."""
    blocks = (length + factor - 1) / factor
    starts = _range(blocks) * factor
    return (length - starts).minimum(factor)


def resized(
    picture: Value, rows: Span, columns: Span, size: tuple[Value | int, Value | int]
) -> Value:
    """A box of the picture, resized with Pillow's BICUBIC; uint8 (height, width, 3).

    size : height and width. Values are rounded after the first axis, so the order of the axes matters.
    Pillow 13 begins with the columns, unless many more rows than columns are to go.
    """
    height, width = (picture.side(0).like(_one(side)) for side in size)
    fewer_rows, fewer_columns = picture.side(0) - height, picture.side(1) - width
    is_tall = (fewer_rows >= 1) & (fewer_columns * 2 < fewer_rows)
    return picture.graph.choose(
        is_tall,
        lambda: _columns_resampled(_resampled(picture, rows, height), columns, width),
        lambda: _resampled(_columns_resampled(picture, columns, width), rows, height),
    )


def nearly_resized(picture: Value, rows: Span, columns: Span, size: int) -> Value:
    """As `resized` to a square, by Pillow's `resize` with a `reducing_gap` of 1: reduced by whole factors
    first, one for each axis, while at least `size` pixels are left."""
    factors = [(span.length / size).floor().maximum(1.0) for span in (rows, columns)]
    is_reduced = (factors[0] >= 2.0) | (factors[1] >= 2.0)
    cut, spans = picture, []
    for axis, span in enumerate((rows, columns)):
        start, end = _needed(picture.side(axis), span, size, is_reduced)
        cut = cut.part(start, end, axis)
        offset, factor = start.cast(np.float64), factors[axis]
        spans.append(Span((span.start - offset) / factor, (span.end - offset) / factor))
    smaller = reduced(cut, *(factor.cast(np.int64) for factor in factors))
    return resized(smaller, spans[0], spans[1], (size, size))


def _needed(length: Value, span: Span, size: int, is_reduced: Value) -> tuple[Value, Value]:
    """The pixels that a reduction before the resizing keeps, int64 (1,): start and end."""
    margin = span.length / size * (_REACH - 0.5)
    start = (span.start - margin).maximum(0.0).floor().cast(np.int64)
    end = (span.end + margin).ceil().cast(np.int64).minimum(length)
    return is_reduced.where(start, [0]), is_reduced.where(end, length)


def _columns_resampled(picture: Value, span: Span, size: Value) -> Value:
    return _resampled(picture.transposed(1, 0, 2), span, size).transposed(1, 0, 2)


def _resampled(picture: Value, span: Span, size: Value) -> Value:
    """The first axis brought from a span of it to `size` rows, int64 (1,)."""
    length, width = picture.side(0), picture.side(1)
    # Pillow takes a box as float32 numbers.
    start, end = span.start.cast(np.float32), span.end.cast(np.float32)
    scale = (end - start).cast(np.float64) / size.cast(np.float64)
    stretch = scale.maximum(1.0)
    centers = start.cast(np.float64) + (_range(size).cast(np.float64) + 0.5) * scale
    reach = stretch * _REACH
    first = (centers - reach + 0.5).floor().maximum(0.0).unsqueezed(1)
    last = (centers + reach + 0.5).floor().minimum(length.cast(np.float64)).unsqueezed(1)
    taps = (reach.ceil() * 2.0 + 1.0).cast(np.int64)
    positions = first + _range(taps).cast(np.float64)
    weights = _cubic((positions - centers.unsqueezed(1) + 0.5) / stretch)
    weights = (positions < last).where(weights, 0.0)
    weights = (weights / weights.sum(1, keepdims=True) * _ONE).rounded()
    rows = picture.reshaped(length, width * 3)
    near = rows.taken(positions.cast(np.int64).minimum(length - 1)).cast(np.float64)
    sums = (weights.unsqueezed(1) @ near / _ONE).rounded().maximum(0.0).minimum(255.0)
    return sums.cast(np.uint8).reshaped(size, width, 3)


def _cubic(distances: Value) -> Value:
    """The weights at these distances, pixels."""
    x = abs(distances)
    near = (x * (_A + 2) - (_A + 3)) * x * x + 1.0
    far = (((x - 5.0) * x + 8.0) * x - 4.0) * _A
    return (x < 1.0).where(near, (x < _REACH).where(far, 0.0))


def _range(count: Value) -> Value:
    """0, 1, … below the count, int64 (1,)."""
    graph: Graph = count.graph
    zero, one = graph.constant(0, np.int64), graph.constant(1, np.int64)
    return graph.node("Range", zero, count.scalar(), one)


def _one(side: Value | int) -> Operand:
    return side if isinstance(side, Value) else [side]
