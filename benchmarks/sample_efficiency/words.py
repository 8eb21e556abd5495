"""The figures as tables for people."""

from collections.abc import Mapping
from typing import Any

from benchmarks.sample_efficiency.play import MODES


def print_tables(found: Mapping[str, Any]) -> None:
    """Print what `measure` returned."""
    print(f"{len(found['problems'])} problems, {len(found['seeds'])} seeds, {found['trials']} trials")
    for title, part in {"All problems": found, "Held out": found["held_out"]}.items():
        if "mean_rank" in part:
            _print_ranks(title, part)
        if "compute_saved" in part:
            _print_savings(title, part)
    for name, count in found["fewer_seeds"].items():
        print(f"{name} was played with {count} seeds on problems where a suggestion takes long.")


def _print_ranks(title: str, part: Mapping[str, Any]) -> None:
    modes = list(MODES)
    print(f"\n{title:26}{'mean rank':>10}  {'area under regret / random':>28}  {'trials to random best':>24}")
    print(f"{'':36}  {modes[0]:>14}{modes[1]:>14}  {modes[0]:>12}{modes[1]:>12}")
    for name, rank in sorted(part["mean_rank"].items(), key=lambda item: item[1]):
        ratio, soonest = part["regret_ratio_to_random"][name], part["trials_to_random_best"][name]
        ratios = "".join(f"{ratio[mode]:14.3f}" for mode in modes)
        print(f"{name:26}{rank:10.2f}  {ratios}  " + "".join(f"{soonest[mode]:12.1f}" for mode in modes))


def _print_savings(title: str, part: Mapping[str, Any]) -> None:
    print(f"\n{title + ', early stopping':36}{'compute saved':>14}{'area by iterations / clearml-optuna':>38}")
    for name, saved in sorted(part["compute_saved"].items(), key=lambda item: -item[1]):
        print(f"{name:36}{saved:14.1%}{part['area_by_iterations_to_clearml'][name]:38.3f}")
