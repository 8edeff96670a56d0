"""EfficientNet-Lite2 in eight-bit integers, which comes with the program.

`python -m core.features.quantised DATA` makes it anew, from the weights in their package (Apache-2.0) and
photos of the Grocery Store dataset's training part (MIT), which tell the range of each value.
"""

from __future__ import annotations

from pathlib import Path

FILE = Path(__file__).with_name("lite2.onnx")
"""The network with the outputs MAP and DEPTHWISE; the JSON file beside it says what it was made from."""
