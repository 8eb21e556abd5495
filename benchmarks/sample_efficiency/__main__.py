"""`python -m benchmarks.sample_efficiency [--json] [--quick]`: how soon each method finds good parameters.

Our methods against plain random search, Optuna's samplers and what ClearML's `OptimizerOptuna` samples, on
offline problems, one trial at a time and four. Progress goes to stderr.
"""

import argparse
import json
import os
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.sample_efficiency import figures
from benchmarks.sample_efficiency.peers import RANDOM, names, resolved
from benchmarks.sample_efficiency.play import MODES, Game, play_all
from benchmarks.sample_efficiency.problems import PROBLEMS, SEEDS

COSTLY = {"gaussian-process", "optuna-gp"}
"""Played with fewer seeds: a suggestion takes tenths of a second."""

_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def main(arguments: Sequence[str] | None = None) -> None:
    """Play and print."""
    options = _options(arguments)
    found = measure(options)
    if options.json:
        print(json.dumps(found))
    else:
        _print_tables(found)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sample_efficiency", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="40 trials, 10 seeds (3 where a suggestion is slow)")
    parser.add_argument("--only", default="", metavar="METHOD,…", help=f"of {', '.join(names())}")
    parser.add_argument("--problems", default="", metavar="NAME,…", help=f"of {', '.join(PROBLEMS)}")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="processes")
    parser.add_argument("--trials", type=int, metavar="N", help="trials of a game, in place of 60 (quick: 40)")
    parser.add_argument("--seeds", type=int, metavar="N", help="seeds, in place of 20 (quick: 10)")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="where games are kept that need no repetition")
    options = parser.parse_args(arguments)
    options.trials = options.trials or (40 if options.quick else 60)
    options.seeds = SEEDS[: options.seeds or (10 if options.quick else len(SEEDS))]
    options.costly_seeds = options.seeds[: 3 if options.quick else 10]
    options.only = _chosen(parser, options.only, names())
    options.problems = _chosen(parser, options.problems, list(PROBLEMS))
    return options


def _chosen(parser: argparse.ArgumentParser, text: str, known: Sequence[str]) -> list[str]:
    given = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := sorted(set(given) - set(known)):
        parser.error(f"{', '.join(unknown)}: must be of {', '.join(known)}")
    return [name for name in known if not given or name in given or name == RANDOM]


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Play all games and return the figures."""
    games = {
        figures.Cell(name, problem, mode): _games(name, problem, mode, options)
        for problem in options.problems
        for name in options.only
        for mode in MODES
    }
    os.environ.update(_ONE_THREAD)  # of each process, where the work is
    played = play_all(list(dict.fromkeys(chain(*games.values()))), options.jobs, options.keep)
    regrets = {cell: np.array([played[game] for game in of]) for cell, of in games.items()}
    return _report(regrets, options)


def _games(name: str, problem: str, mode: str, options: argparse.Namespace) -> list[Game]:
    who = resolved(name, PROBLEMS[problem], budget=options.trials, slots=MODES[mode])
    seeds = options.costly_seeds if who in COSTLY else options.seeds
    return [Game(who, problem, mode, seed, options.trials) for seed in seeds]


def _report(regrets: figures.Regrets, options: argparse.Namespace) -> dict[str, Any]:
    everyone, problems = options.only, options.problems
    held_out = [name for name in problems if PROBLEMS[name].held_out]
    fewest = {name: min(len(rows) for cell, rows in regrets.items() if cell.name == name) for name in everyone}
    return {
        "problems": problems,
        "seeds": list(options.seeds),
        "trials": options.trials,
        **figures.figures(regrets, everyone, problems),
        "held_out": {"problems": held_out, **figures.figures(regrets, everyone, held_out)} if held_out else {},
        "standard_error": figures.errors(regrets, everyone, problems),
        "by_problem": figures.by_problem(regrets, everyone, problems),
        "fewer_seeds": {name: count for name, count in fewest.items() if count < len(options.seeds)},
    }


def _print_tables(found: dict[str, Any]) -> None:
    print(f"{len(found['problems'])} problems, {len(found['seeds'])} seeds, {found['trials']} trials")
    _print_table("All problems", found)
    if found["held_out"]:
        _print_table("Held out", found["held_out"])
    for name, count in found["fewer_seeds"].items():
        print(f"{name} was played with {count} seeds on problems where a suggestion takes long.")


def _print_table(title: str, found: dict[str, Any]) -> None:
    modes = list(MODES)
    print(f"\n{title:26}{'mean rank':>10}  {'area under regret / random':>28}  {'trials to random best':>24}")
    print(f"{'':36}  {modes[0]:>14}{modes[1]:>14}  {modes[0]:>12}{modes[1]:>12}")
    for name, rank in sorted(found["mean_rank"].items(), key=lambda item: item[1]):
        ratio, soonest = found["regret_ratio_to_random"][name], found["trials_to_random_best"][name]
        ratios = "".join(f"{ratio[mode]:14.3f}" for mode in modes)
        print(f"{name:26}{rank:10.2f}  {ratios}  " + "".join(f"{soonest[mode]:12.1f}" for mode in modes))


if __name__ == "__main__":
    main()
