"""The library's command line: `python -m core --help`.

Exit codes: 0 done; 2 bad input or bad arguments; 3 the time limit ended a fit and no model came of
it; 1 anything else; 130 interrupted. A failure is one line on stderr.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NoReturn, TypeAlias

from core import backbones
from core.cli import commands
from core.cli.output import print_error
from core.entities import BASELINE_NAME, LabelSource
from core.errors import BadInput, LukoshkoError, TimeLimitExceeded
from core.models.baseline import FILE as BASELINE_FILE

FAILED, BAD_INPUT, TIME_LIMIT, INTERRUPTED = 1, 2, 3, 130
DEFAULT_BUDGET_S = 10.0
MAX_BUDGET_S = 86400.0


class _Parser(argparse.ArgumentParser):
    """Prints an error as one line, without the usage that argparse puts before it."""

    def error(self, message: str) -> NoReturn:
        print_error(f"{message} (see {self.prog} --help)")
        sys.exit(BAD_INPUT)


_Commands: TypeAlias = "argparse._SubParsersAction[_Parser]"


def main(words: list[str] | None = None) -> int:
    """Runs a command and returns the exit code. words : the arguments, by default those of the
    process."""
    arguments = _parser().parse_args(words)
    if backbones.PROBLEM:
        print_error(backbones.PROBLEM)
        return BAD_INPUT
    try:
        return int(arguments.command(arguments))
    except BadInput as error:
        print_error(str(error))
        return BAD_INPUT
    except TimeLimitExceeded as error:
        print_error(
            f"{error} Try fewer photos, a smaller C (--set C=1), other features or a larger --budget."
        )
        return TIME_LIMIT
    except (LukoshkoError, OSError) as error:
        print_error(str(error))
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m core", description="Learns to tell classes apart from photos.")
    commands_ = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_info(commands_)
    _add_samples(commands_)
    _add_fit(commands_)
    _add_predict(commands_)
    _add_recipes(commands_)
    _add_export(commands_)
    return parser


def _add_info(commands_: _Commands) -> None:
    parser = commands_.add_parser("info", help="describe a dataset")
    _add_data(parser)
    _add_json(parser)
    parser.set_defaults(command=commands.info)


def _add_samples(commands_: _Commands) -> None:
    parser = commands_.add_parser("samples", help="draw a sheet of examples, one row per class")
    _add_data(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.png")
    parser.set_defaults(command=commands.samples)


def _add_fit(commands_: _Commands) -> None:
    parser = commands_.add_parser("fit", help="train and score a model")
    _add_data(parser)
    parser.add_argument("--features", metavar="F", help="see `recipes`")
    parser.add_argument("--classifier", metavar="C", help="see `recipes`")
    parser.add_argument(
        "--set",
        type=_setting,
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a hyperparameter; see `recipes`",
    )
    parser.add_argument(
        "--budget",
        type=_seconds,
        default=DEFAULT_BUDGET_S,
        metavar="SECONDS",
        help="what training and evaluation may take (default: %(default)g)",
    )
    parser.add_argument("--curve", action="store_true", help="with a learning curve")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--test", type=Path, metavar="DATA2", help="score on this dataset too")
    parser.add_argument("--out", type=Path, metavar="FILE.onnx", help="where to write the model")
    _add_json(parser)
    parser.set_defaults(command=commands.fit)


def _add_predict(commands_: _Commands) -> None:
    parser = commands_.add_parser("predict", help="classify images")
    parser.add_argument(
        "model", type=_model, metavar="MODEL", help="a file that `fit` wrote, or `baseline`"
    )
    parser.add_argument("images", type=Path, nargs="+", metavar="IMAGE")
    _add_json(parser)
    parser.set_defaults(command=commands.predict)


def _add_recipes(commands_: _Commands) -> None:
    parser = commands_.add_parser("recipes", help="the features and classifiers there are")
    _add_json(parser)
    parser.set_defaults(command=commands.list_recipes)


def _add_export(commands_: _Commands) -> None:
    parser = commands_.add_parser("export", help="write one file that takes pixels and answers")
    parser.add_argument(
        "model", type=_model, metavar="MODEL", help="a file that `fit` wrote, or `baseline`"
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE",
        help="FILE.onnx, which runs in ONNX Runtime alone, FILE.html, a page that works offline, or FILE.zip, a "
        "folder for Teachable Machine's library",
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DATA",
        help="for FILE.zip: the ZIP or folder that the model learned from",
    )
    _add_classes(parser)
    parser.set_defaults(command=commands.export)


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("data", type=Path, metavar="DATA", help="a ZIP or folder of class folders")
    _add_classes(parser)


def _add_classes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--classes",
        type=_source,
        default=LabelSource.FOLDERS,
        metavar="SOURCE",
        help="where DATA's classes are taken from: folders (default), names (of the files: cat.0.jpg), "
        "or table (a CSV in DATA)",
    )


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object, nothing else")


def _setting(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE, as in svc__C=10")
    return name, value


def _source(text: str) -> LabelSource:
    try:
        return LabelSource(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(LabelSource)}") from None


def _model(text: str) -> Path:
    return BASELINE_FILE if text == BASELINE_NAME else Path(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= MAX_BUDGET_S:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number of seconds up to {MAX_BUDGET_S:g}"
        )
    return seconds


if __name__ == "__main__":
    sys.exit(main())
