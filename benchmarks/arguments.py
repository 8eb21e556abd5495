"""Arguments that several benchmarks take."""

import argparse


def count(text: str) -> int:
    """Read a count for argparse.

    Raises:
        argparse.ArgumentTypeError: It is no whole number of 1 or more.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number, 1 or more, but it is {text!r}")
    return int(text)
