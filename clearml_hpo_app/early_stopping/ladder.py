"""The ladder of a run: what each trial was worth at each rung, and who missed the bar."""

from bisect import insort
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from clearml_hpo_app.early_stopping.rules import Rule
from clearml_hpo_app.objective import Objective
from clearml_hpo_app.trials.trial import Trial, TrialState

Curve: TypeAlias = Sequence[tuple[int, float]]
"""Reported values of the objective by iteration, ascending."""

DIGITS = 6
"""Significant digits of a value that count: what is kept is exactly what was judged."""


@dataclass(frozen=True)
class Judgement:
    """Why a trial is stopped at a rung.

    Attributes:
        rung: Iteration of the rung.
        value: What the trial was judged by, the objective there or its best value so far; `bar` is what it would
            have had to reach.
        of: How many trials had a value there, itself included.
    """

    rung: int
    value: float
    bar: float
    of: int


@dataclass
class Climb:
    """One trial on the ladder.

    Attributes:
        attempt: To which attempt the values belong.
        values: The objective by rung; `None` at a rung that it passed before it reported any.
        missed: Why it is to be stopped, `None` while it is not.
        is_spared: Whether it is not judged any more, because a person wants it to run on.
    """

    attempt: int
    values: dict[int, float | None] = field(default_factory=dict)
    missed: Judgement | None = None
    is_spared: bool = False


class Ladder:
    """Judges trials by their values at the rungs; the same record gives the same judgements.

    A judgement is made once, with the values that are known when the trial passes the rung, and kept.

    Args:
        rule: Where the rungs are and what the bar is.
        objective: Which way is better, and whether the last or the best value up to the rung counts.
    """

    def __init__(self, rule: Rule, objective: Objective) -> None:
        self._rule = rule
        self._objective = objective
        self._losses: defaultdict[tuple[int, int], list[float]] = defaultdict(list)
        self.climbs: dict[int, Climb] = {}
        """Every trial that has passed a rung, by number."""

    def judgement(self, number: int) -> Judgement | None:
        """Return why trial `number` is to be stopped, `None` when it is not."""
        climb = self.climbs.get(number)
        return climb.missed if climb else None

    def passed(self, trial: Trial) -> list[int]:
        """Return the rungs that it has reached and has no value at yet, ascending; none after a missed bar."""
        if trial.iteration is None or trial.state in {TrialState.CREATED, TrialState.QUEUED}:
            return []
        climb = self._climb(trial)
        if climb is not None and climb.missed is not None:
            return []
        rungs = self._rule.rungs(self._rule.bracket(trial.number), trial.iteration)
        return [rung for rung in rungs if climb is None or rung not in climb.values]

    def take(self, readings: Sequence[tuple[Trial, Curve]]) -> set[int]:
        """Take in the curves of trials that passed rungs, and judge them there; return whose record changed.

        A rung whose iteration the trial is still at waits until the objective was reported for it. What a trial
        was worth after the rung at which it missed the bar does not count: that depends on how soon it stopped.
        """
        changed: set[int] = set()
        for rung in sorted({rung for trial, _ in readings for rung in self.passed(trial)}):
            noted = [(trial, curve) for trial, curve in readings if self._note(trial, rung, curve)]
            for trial, curve in sorted(noted, key=lambda pair: pair[0].number):
                self._judge(trial, rung, curve)
                changed.add(trial.number)
        return changed

    def spare(self, trial: Trial) -> bool:
        """Let a trial run on that a person started again; tell whether that changes anything."""
        climb = self._climb(trial)
        if climb is None or climb.missed is None:
            return False
        climb.missed, climb.is_spared = None, True
        return True

    def restore(self, number: int, climb: Climb) -> None:
        """Take in what was recorded of a trial before a restart."""
        self.forget(number)
        self.climbs[number] = climb
        for rung, value in climb.values.items():
            self._add(number, rung, value)

    def forget(self, number: int) -> None:
        """Take a trial off the ladder: its values are no measure for others any more."""
        climb = self.climbs.pop(number, None)
        for rung, value in (climb.values if climb else {}).items():
            if value is not None:
                self._losses[self._rule.bracket(number), rung].remove(self._loss(value))

    def explain(self, judgement: Judgement) -> str:
        """Return the reason for people: rung, value, and the bar that it missed."""
        limit = "or more" if self._objective.sign > 0 else "or less"
        name = self._objective.name
        what = f"best {name} so far" if self._rule.by_best else f"{name} there"
        return (
            f"stopped at iteration {judgement.rung}: its {what} was {judgement.value:g}, "
            f"and {self._rule.standard()} of {judgement.of} trials had {judgement.bar:g} {limit}"
        )

    def _climb(self, trial: Trial) -> Climb | None:
        climb = self.climbs.get(trial.number)
        return climb if climb is not None and climb.attempt == trial.attempt else None

    def _note(self, trial: Trial, rung: int, curve: Curve) -> bool:
        """Write down what the trial was worth at the rung, if it has passed it and that can be told by now."""
        if rung not in self.passed(trial):
            return False
        is_past = trial.state.is_final or (trial.iteration or 0) > rung
        if not is_past and not any(iteration >= rung for iteration, _ in curve):
            return False
        if self._climb(trial) is None:
            self.restore(trial.number, Climb(trial.attempt))
        self.climbs[trial.number].values[rung] = value = self._value_at(rung, curve)
        self._add(trial.number, rung, value)
        return True

    def _judge(self, trial: Trial, rung: int, curve: Curve) -> None:
        climb = self.climbs[trial.number]
        value = self._value_at(rung, curve, best=self._rule.by_best)
        if value is None or climb.is_spared or trial.state is not TrialState.RUNNING:
            return
        losses = self._losses[self._rule.bracket(trial.number), rung]
        bar = self._rule.bar(losses, self._loss(value))
        if bar is not None:
            climb.missed = Judgement(rung, value, -self._objective.sign * bar, len(losses))

    def _value_at(self, rung: int, curve: Curve, *, best: bool = False) -> float | None:
        values = [value for iteration, value in curve if iteration <= rung]
        if not values:
            return None
        value = self._objective.best(values) if best or self._objective.value == "best" else values[-1]
        return float(f"{value:.{DIGITS}g}")

    def _loss(self, value: float) -> float:
        return -self._objective.sign * value

    def _add(self, number: int, rung: int, value: float | None) -> None:
        if value is not None:
            insort(self._losses[self._rule.bracket(number), rung], self._loss(value))
