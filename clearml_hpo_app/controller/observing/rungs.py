"""Early stopping as the controller does it: curves are read, judged at the rungs, and the record is kept.

What was judged is written to configuration objects of the controller task before any trial is stopped, in one call
per turn: the next controller judges by the same record.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from clearml_hpo_app.clearml_api import instances
from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clearml_api.scalars import Curve, read_curves
from clearml_hpo_app.controller.observing.divergence import divergence
from clearml_hpo_app.controller.search_plan import SEARCH, SearchPlan
from clearml_hpo_app.controller.state import Pruning, RunState
from clearml_hpo_app.early_stopping import Ladder, make_rule
from clearml_hpo_app.early_stopping.record import read_pieces, write_pieces
from clearml_hpo_app.errors import RequestRefused
from clearml_hpo_app.trials.trial import MetricValue, Rung, Trial, TrialState, Verdict

log = logging.getLogger(__name__)

Reported = tuple[int | None, tuple[MetricValue | None, ...]]


@dataclass
class Rungs:
    """Tells which active trials are not promising, in `state.to_prune`.

    Attributes:
        plan: How trials are stopped early, and how long a whole one is.
        seed: Where the brackets come from.
    """

    client: Client
    task_id: str
    state: RunState
    plan: SearchPlan
    seed: int
    _ladder: Ladder | None = None
    _unsaved: set[int] = field(default_factory=set)
    _ended: list[Trial] = field(default_factory=list)
    _diverged: set[int] = field(default_factory=set)
    _seen: dict[int, Reported] = field(default_factory=dict)
    _true_zeros: dict[int, int] = field(default_factory=dict)
    _is_plan_saved: bool = True

    def __post_init__(self) -> None:
        self._build()

    def restore(self, texts: Mapping[str, str]) -> None:
        """Take in what the controllers before this one have recorded (configuration objects by name)."""
        if self._ladder is None:
            return
        for number, climb in read_pieces(texts, self.state.run_id):
            if not _has_diverged(self.state.trials.get(number)):
                self._ladder.restore(number, climb)
                self._tell(number)

    def note_end(self, trial: Trial) -> None:
        """Have a trial that ended, also while no controller was there, taken in at the next look."""
        self._ended.append(trial)

    def look(self) -> None:
        """Judge the trials that passed a rung since the last look: the active ones, and those that ended.

        One call for the curves, if any trial passed a rung, and one that keeps the record.
        """
        for trial in self._ended:
            self._learn(trial)
        if self._ladder is None or self._judge(self._ladder):
            self._ended = []
        self._save()

    def spare(self, trial: Trial) -> None:
        """Do not judge a trial any more that a person started again."""
        if self._ladder is not None and self._ladder.spare(trial):
            self.state.to_prune.pop(trial.number, None)
            self._unsaved.add(trial.number)
        self._diverged.discard(trial.number)

    def _build(self) -> None:
        self.state.choices = tuple(self.plan.sentences())
        minimum = self.state.config.limits.min_iterations
        rule = make_rule(self.plan.stopping.kind, self.plan.iterations or 0, minimum, self.seed)
        self._ladder = Ladder(rule, self.state.config.objective) if rule is not None else None
        self.state.stops_early = rule is not None

    def _learn(self, trial: Trial) -> None:
        if self.plan.iterations is not None or trial.verdict is not Verdict.COMPLETED or not trial.iteration:
            return
        seconds = trial.run_seconds(self.client.now())
        self.plan = self.plan.learn(self.state.config, trial.iteration, seconds)
        log.info("a whole trial has %d iterations; %s", trial.iteration, self.plan.sentences()[1])
        self._is_plan_saved = False
        self._build()
        self._ended = [each for each in self.state.trials.values() if each.state.is_final]

    def _judge(self, ladder: Ladder) -> bool:
        """Tell whether that was possible: the curves could be read."""
        numbers = {trial.number for trial in self._ended} - self.state.active.keys()
        ended = [self.state.trials[number] for number in sorted(numbers)]
        for trial in filter(_has_diverged, ended):
            ladder.forget(trial.number)
        trials = [*self.state.active.values(), *ended]
        passed = [trial for trial in trials if self._has_news(trial) and ladder.passed(trial)]
        curves = self._curves([trial.task_id for trial in passed])
        if curves is None:
            return False
        told = [(trial, self._real(trial, curves[trial.task_id])) for trial in passed if trial.task_id in curves]
        for number in self._diverged:
            ladder.forget(number)
        readings = [(trial, curve) for trial, curve in told if trial.number not in self._diverged]
        changed = ladder.take(readings)
        for trial, _ in readings:
            self._seen[trial.number] = (trial.iteration, trial.metrics)
        for number in changed:
            self._tell(number)
        self._unsaved |= changed
        return True

    def _real(self, trial: Trial, curve: Curve) -> Curve:
        """Return a curve without the zeros that stand for NaN.

        A trial that runs on with them is not promising, and what it was worth before is no measure for others.
        """
        zeros = sum(value == 0 for _, value in curve)
        if zeros <= self._true_zeros.get(trial.number, 0):
            return curve
        try:
            diverged = divergence(self.client, trial.task_id)
        except RequestRefused as error:
            log.debug("the log of trial %d cannot be read: %s", trial.number, error)
            return curve
        if not diverged:
            self._true_zeros[trial.number] = zeros
            return curve
        if trial.number in self.state.active:
            self.state.to_prune[trial.number] = Pruning(Rung(trial.iteration or 0), diverged)
            self._diverged.add(trial.number)
        return [(iteration, value) for iteration, value in curve if value != 0]

    def _has_news(self, trial: Trial) -> bool:
        if trial.state is TrialState.DELETED or trial.number in self._diverged or _has_diverged(trial):
            return False
        return self._seen.get(trial.number) != (trial.iteration, trial.metrics)

    def _curves(self, ids: Sequence[str]) -> Mapping[str, Curve] | None:
        try:
            return read_curves(self.client, ids, self.state.config.objective)
        except RequestRefused as error:  # one of them was deleted a moment ago
            log.debug("the curves are read again in the next turn: %s", error)
            return None

    def _tell(self, number: int) -> None:
        judgement = self._ladder.judgement(number) if self._ladder else None
        if judgement is not None and self._ladder is not None and number in self.state.active:
            rung = Rung(judgement.rung, judgement.value)
            self.state.to_prune[number] = Pruning(rung, self._ladder.explain(judgement))

    def _save(self) -> None:
        texts: dict[str, str] = {}
        if not self._is_plan_saved:
            texts[SEARCH] = self.plan.to_text(self.state.run_id)
        if self._ladder is not None and self._unsaved:
            texts |= write_pieces(self._ladder.climbs, self._unsaved, self.state.run_id)
        if texts:
            instances.write_configurations(self.client, self.task_id, texts)
            self._unsaved, self._is_plan_saved = set(), True


def _has_diverged(trial: Trial | None) -> bool:
    """Whether what it was worth on the way is no measure for others."""
    return trial is not None and trial.verdict is Verdict.INFEASIBLE
