"""`python -m benchmarks.sample_efficiency [--json] [--quick]`: how soon each method finds good parameters.

Our methods against plain random search, Optuna's samplers and what ClearML's `OptimizerOptuna` samples, on
offline problems, one trial at a time and four; and with early stopping, on those with a learning curve, against
`OptimizerOptuna` with its median pruner. Progress goes to stderr.
"""

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path

from benchmarks.sample_efficiency.measure import Plan, measure
from benchmarks.sample_efficiency.players import names
from benchmarks.sample_efficiency.problems import PROBLEMS, SEEDS
from benchmarks.sample_efficiency.stopping import stopping_names
from benchmarks.sample_efficiency.words import print_tables

COSTLY_SEEDS, QUICK_COSTLY_SEEDS = 10, 2
"""Seeds of those whose suggestions take tenths of a second."""

_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def main(arguments: Sequence[str] | None = None) -> None:
    """Play and print."""
    options = _options(arguments)
    os.environ.update(_ONE_THREAD)  # of each process, where the work is
    found = measure(options.plan, options.jobs, options.keep)
    if options.json:
        print(json.dumps(found))
    else:
        print_tables(found)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sample_efficiency", description=__doc__)
    everyone = list(dict.fromkeys((*names(), *stopping_names())))
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="fewer trials and seeds, in less than 15 minutes")
    parser.add_argument("--only", default="", metavar="NAME,…", help=f"of {', '.join(everyone)}")
    parser.add_argument("--problems", default="", metavar="NAME,…", help=f"of {', '.join(PROBLEMS)}")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="processes")
    parser.add_argument("--trials", type=int, metavar="N", help="trials of a game, in place of 60 (quick: 40)")
    parser.add_argument("--seeds", type=int, metavar="N", help="seeds, in place of 20 (quick: 10)")
    parser.add_argument("--costly-seeds", type=int, metavar="N", help="… where a suggestion takes long")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="where games are kept that need no repetition")
    options = parser.parse_args(arguments)
    seeds = SEEDS[: options.seeds or (10 if options.quick else len(SEEDS))]
    costly = options.costly_seeds or (QUICK_COSTLY_SEEDS if options.quick else COSTLY_SEEDS)
    options.plan = Plan(
        only=_chosen(parser, options.only, everyone),
        problems=_chosen(parser, options.problems, list(PROBLEMS)),
        trials=options.trials or (40 if options.quick else 60),
        seeds=seeds,
        costly_seeds=seeds[:costly],
    )
    return options


def _chosen(parser: argparse.ArgumentParser, text: str, known: Sequence[str]) -> list[str]:
    given = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := sorted(set(given) - set(known)):
        parser.error(f"{', '.join(unknown)}: must be of {', '.join(known)}")
    return [name for name in known if not given or name in given]


if __name__ == "__main__":
    main()
