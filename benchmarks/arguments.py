"""Arguments that several benchmarks take."""

import argparse
import math
from typing import get_args

from clearml_hpo_app.config.model import EarlyStopping

STOPPING_NAMES: tuple[EarlyStopping, ...] = get_args(EarlyStopping)


def count(text: str) -> int:
    """Read a count for argparse.

    Raises:
        argparse.ArgumentTypeError: It is no whole number of 1 or more.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number, 1 or more, but it is {text!r}")
    return int(text)


def count_or_none(text: str) -> int:
    """Read a count that may be 0 for argparse; raises as `count`."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"must be a whole number, 0 or more, but it is {text!r}")
    return int(text)


def seconds(text: str) -> float:
    """Read a duration for argparse.

    Raises:
        argparse.ArgumentTypeError: It is no finite number above 0.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (value > 0 and math.isfinite(value)):
        raise argparse.ArgumentTypeError(f"must be a number of seconds above 0, but it is {text!r}")
    return value
