"""`python -m benchmarks.sample_efficiency.tabulate [NAME …]`: do the real trainings behind the tables, again.

Takes about an hour of one core for all; the tables are kept in `problems/data`, rounded to 4 digits.
"""

import argparse
import os
import sys
import time
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.sample_efficiency.problems import PROBLEMS, Tabulated

_NICENESS = 10
_SAID_EVERY_SECONDS = 30.0


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the tables that are named, or all."""
    tabulated = {name: problem for name, problem in PROBLEMS.items() if isinstance(problem, Tabulated)}
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sample_efficiency.tabulate", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(tabulated)}")
    names = parser.parse_args(arguments).names or list(tabulated)
    os.nice(_NICENESS)
    warnings.simplefilter("ignore")  # trainings that do not converge are part of the search
    for name in names:
        tabulate(tabulated[name])


def tabulate(problem: Tabulated) -> None:
    """Train at every point of the table and write it."""
    rows: dict[tuple[tuple[str, Any], ...], list[float]] = {}
    points, said = problem.points(), time.monotonic()
    keys = []
    for at, values in enumerate(points):
        names = problem.matters(values)
        keys.append(tuple((name, values[name]) for name in names))
        if keys[-1] not in rows:
            rows[keys[-1]] = [float(f"{loss:.4g}") for loss in problem.train(values)]
        if time.monotonic() - said > _SAID_EVERY_SECONDS:
            said = time.monotonic()
            print(f"{problem.name}: {at} of {len(points)}", file=sys.stderr, flush=True)
    shape = (*map(len, problem.axes), -1)
    losses = np.array([rows[key] for key in keys], dtype=np.float32).reshape(shape)
    problem.path.parent.mkdir(exist_ok=True)
    np.savez_compressed(problem.path, losses=losses)
    print(f"{problem.name}: {len(rows)} trainings, {problem.path.stat().st_size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
