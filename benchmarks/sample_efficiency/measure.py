"""What is played, and the figures that are made of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.sample_efficiency import figures, saving
from benchmarks.sample_efficiency.peers import CLEARML, RANDOM
from benchmarks.sample_efficiency.play import MODES, STOPPING, Game, play_all
from benchmarks.sample_efficiency.players import COSTLY, names, resolved
from benchmarks.sample_efficiency.problems import PROBLEMS
from benchmarks.sample_efficiency.stopping import stopping_names, stopping_resolved


@dataclass(frozen=True)
class Plan:
    """What is asked for.

    Attributes:
        only: Whom to play; those whom the others are compared with come by themselves.
        problems: On what.
        trials: Number of trials of a game.
        seeds: Of each game; `costly_seeds` where a suggestion takes long.
    """

    only: Sequence[str]
    problems: Sequence[str]
    trials: int
    seeds: Sequence[int]
    costly_seeds: Sequence[int]

    @property
    def names(self) -> list[str]:
        """Whom to play with trials that run in full."""
        return [name for name in names() if name in {*self.only, RANDOM}]

    @property
    def stopping_names(self) -> list[str]:
        """Whom to play with early stopping."""
        return [name for name in stopping_names() if name in {*self.only, CLEARML}]

    @property
    def curves(self) -> list[str]:
        """The problems with a learning curve."""
        return [name for name in self.problems if PROBLEMS[name].kind == "curve"]

    def games(self, name: str, problem: str, mode: str) -> list[Game]:
        """Return one game per seed; those of `auto` are the games of what it chooses."""
        if mode == STOPPING:
            who = stopping_resolved(name, PROBLEMS[problem], self.trials)
        else:
            who = resolved(name, PROBLEMS[problem], budget=self.trials, slots=MODES[mode])
        seeds = self.costly_seeds if who.partition("+")[0] in COSTLY else self.seeds
        return [Game(who, problem, mode, seed, self.trials) for seed in seeds]


def measure(plan: Plan, jobs: int, kept: Path | None) -> dict[str, Any]:
    """Play all games and return the figures."""
    full = {
        figures.Cell(name, problem, mode): plan.games(name, problem, mode)
        for problem in plan.problems
        for name in plan.names
        for mode in MODES
    }
    stopping = {
        (name, problem): plan.games(name, problem, STOPPING)
        for problem in plan.curves
        for name in plan.stopping_names
    }
    games = dict.fromkeys(chain(*full.values(), *stopping.values()))
    played = play_all(list(games), jobs, kept)
    regrets = {cell: np.array([played[game] for game in of]) for cell, of in full.items()}
    stopped = {cell: np.array([played[game] for game in of]) for cell, of in stopping.items()}
    return _report(plan, regrets, stopped)


def _report(plan: Plan, regrets: figures.Regrets, stopped: saving.Regrets) -> dict[str, Any]:
    problems, held_out = plan.problems, [name for name in plan.problems if PROBLEMS[name].held_out]
    curves = [name for name in plan.curves if name in held_out]
    rows = [*((cell.name, len(each)) for cell, each in regrets.items())]
    rows += [(name, len(each)) for (name, _), each in stopped.items()]
    return {
        "problems": list(problems),
        "seeds": list(plan.seeds),
        "trials": plan.trials,
        **figures.figures(regrets, plan.names, problems),
        "held_out": {
            "problems": held_out,
            **(figures.figures(regrets, plan.names, held_out) if held_out else {}),
            **(_saved(stopped, plan.stopping_names, curves) if curves else {}),
        },
        **(_saved(stopped, plan.stopping_names, plan.curves) if plan.curves else {}),
        "standard_error": figures.errors(regrets, plan.names, problems),
        "by_problem": figures.by_problem(regrets, plan.names, problems),
        "stopping_by_problem": saving.by_problem(stopped, plan.stopping_names, plan.curves),
        "fewer_seeds": {name: count for name, count in sorted(rows) if count < len(plan.seeds)},
    }


def _saved(stopped: saving.Regrets, names: Sequence[str], problems: Sequence[str]) -> dict[str, Any]:
    return {
        "compute_saved": saving.compute_saved(stopped, names, problems),
        "area_by_iterations_to_clearml": saving.area_ratios(stopped, names, problems),
    }
