"""Trials that climb a ladder: curves, the order in which they report, and whole simulated runs."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from clearml_hpo_app.early_stopping import Climb, Curve, Ladder, make_rule
from clearml_hpo_app.early_stopping.record import read_pieces, write_pieces
from clearml_hpo_app.early_stopping.rules import Kind, Rule
from clearml_hpo_app.objective import Objective
from clearml_hpo_app.trials.trial import Trial, TrialState

LOSS = Objective(title="val", series="loss", trend="min")
RUN = "run"


def climber(number: int, iteration: int | None, state: TrialState = TrialState.RUNNING, **more: Any) -> Trial:
    """Return a trial that has reported up to an iteration."""
    return Trial(number, f"task{number}", "", {}, state, iteration=iteration, **more)


def curve_of(number: int, iterations: int) -> list[tuple[int, float]]:
    """Return the losses 1 … `iterations` of a trial: noisy, and each trial has a level of its own."""
    chance = random.Random(number)
    level = chance.random()
    return [(at, level + 1 / at + 0.1 * chance.random()) for at in range(1, iterations + 1)]


def ladder(
    kind: Kind, length: int, minimum: int | None = None, objective: Objective = LOSS, seed: int = 0
) -> Ladder:
    rule = make_rule(kind, length, minimum, seed)
    assert rule is not None
    return Ladder(rule, objective)


@dataclass
class Play:
    """A run of trials of `length` iterations, some of them at a time, judged on the way.

    Attributes:
        rule, objective: How they are judged.
        reborn: Whether the ladder is made anew, from its record, before each decision.
    """

    rule: Rule
    length: int
    reborn: bool = False
    objective: Objective = LOSS
    record: dict[str, str] = field(default_factory=dict)
    stopped: dict[int, tuple[int, float, float, int]] = field(default_factory=dict)
    iterations: int = 0

    def run(self, total: int, slots: int) -> "Play":
        """Play `total` trials, `slots` at a time; each turn every running one reports one to three iterations."""
        chance = random.Random(total)
        board = Ladder(self.rule, self.objective)
        reached: dict[int, int] = {}
        waiting = list(range(total))
        while waiting or reached:
            while waiting and len(reached) < slots:
                reached[waiting.pop(0)] = 0
            for number in reached:
                reached[number] = min(reached[number] + chance.choice((1, 2, 3)), self.length)
            board = self._turn(board, reached)
            for number, at in list(reached.items()):
                if number in self.stopped or at == self.length:
                    self.iterations += reached.pop(number)
        return self

    def _turn(self, board: Ladder, reached: Mapping[int, int]) -> Ladder:
        if self.reborn:
            board = Ladder(self.rule, self.objective)
            for number, climb in read_pieces(self.record, RUN):
                board.restore(number, climb)
        running = [climber(number, at) for number, at in reached.items()]
        passed = [trial for trial in running if board.passed(trial)]
        changed = board.take([(trial, curve_of(trial.number, trial.iteration or 0)) for trial in passed])
        self.record |= write_pieces(board.climbs, changed, RUN)
        for trial in running:
            if (missed := board.judgement(trial.number)) is not None:
                self.stopped.setdefault(trial.number, (missed.rung, missed.value, missed.bar, missed.of))
        return board


def taken(board: Ladder, number: int, curve: Curve, **more: Any) -> Climb | None:
    """Let a running trial report a whole curve at once; return its record."""
    trial = replace(climber(number, curve[-1][0]), **more)
    board.take([(trial, curve)])
    return board.climbs.get(number)
