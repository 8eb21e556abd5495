"""A run at one moment: what the dashboard draws, the command line prints and the artifacts hold."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.objective import ranked_fronts
from clearml_hpo_app.statuses import ENDED_STATUSES
from clearml_hpo_app.trials.reach import reach
from clearml_hpo_app.trials.trial import Outcome, Trial, TrialState, Verdict


@dataclass(frozen=True)
class Decision:
    """One thing that the controller did about a trial or the run.

    Attributes:
        at: When, on the server's clock.
        what: What it did, in one or two words: `stopped`, `tried again`, `archived`.
        number: The trial; `None` when it was about the run.
        reason: Why, as the sentence that the log and the trial have.
    """

    at: datetime
    what: str
    number: int | None
    reason: str


@dataclass(frozen=True)
class Snapshot:
    """A run at one moment.

    Attributes:
        config: The configuration that it follows.
        trials: The latest attempt of every trial, by number.
        now: The moment, on the server's clock.
        elapsed_seconds: How long the controller has been at work, down times left out.
        workers: Workers that serve the execution queue; `None` when not known.
        status: The instance's status as ClearML has it (`in_progress`, `completed`, `stopped`, …).
        state: Where it stands in one word, as `instances.standing` has it; empty where its controller looks.
        reason: Why it ended, as a sentence; empty while it runs.
        begun, over: When its task was started last and when it ended, where that is known.
        earlier: The earlier attempts of trials that were tried again.
        choices: Which method and which early stopping the run chose and why, as sentences (`name: what, why`).
        decisions: The last decisions of this controller, oldest first; those before a restart are not among them.
        curves: Values of the first objective by iteration, ascending, by task id; only of the trials whose curves
            are shown.
        calls: API calls of its controllers by operation, as far as they were told; empty when not known.
    """

    config: HpoConfig
    trials: Sequence[Trial]
    now: datetime
    elapsed_seconds: float
    workers: int | None = None
    status: str = "in_progress"
    state: str = ""
    reason: str = ""
    earlier: Sequence[Trial] = ()
    choices: tuple[str, ...] = ()
    decisions: tuple[Decision, ...] = ()
    curves: Mapping[str, Sequence[tuple[int, float]]] = field(default_factory=dict)
    calls: Mapping[str, int] = field(default_factory=dict)
    begun: datetime | None = None
    over: datetime | None = None

    @cached_property
    def ranked(self) -> tuple[Trial, ...]:
        """The trials that compete for the top, from best to worst."""
        return tuple(trial for front in self._fronts for trial in front)

    @cached_property
    def within_reach(self) -> tuple[Trial, ...]:
        """Those of `ranked` that are not so bad by any objective that they would hide the others.

        Of several objectives one that is on the Pareto front is none of those, however bad it is by some of them.
        """
        goals = self.config.objectives
        if len(goals) == 1:
            return self.within_first_reach
        front = {trial.number for trial in self.pareto_front}
        return tuple(
            trial
            for trial in self.ranked
            if trial.number in front or not any(self.is_beyond(trial, at) for at in range(len(goals)))
        )

    @cached_property
    def within_first_reach(self) -> tuple[Trial, ...]:
        """As `within_reach`, but by the first objective alone and in its order: what a figure of it shows."""
        sign = self.config.objectives[0].sign
        ordered = sorted(self.ranked, key=lambda trial: -sign * _value(trial, 0))
        limit = self.limits_of_reach[0] if ordered else 0.0
        return tuple(ordered[: bisect_right(ordered, -sign * limit, key=lambda trial: -sign * _value(trial, 0))])

    @cached_property
    def limits_of_reach(self) -> tuple[float, ...]:
        """For each objective the value beyond which a trial would hide the others; empty while none is ranked."""
        columns = zip(*(trial.values or () for trial in self.ranked), strict=True)
        return tuple(
            reach(column, goal.sign) for column, goal in zip(columns, self.config.objectives, strict=False)
        )

    def is_beyond(self, trial: Trial, place: int) -> bool:
        """Tell whether a trial of `ranked` is far worse than the others by one of the objectives."""
        sign = self.config.objectives[place].sign
        return sign * _value(trial, place) < sign * self.limits_of_reach[place]

    @property
    def best(self) -> Trial | None:
        """The best trial, `None` while there is none."""
        return self.ranked[0] if self.ranked else None

    @cached_property
    def pareto_front(self) -> tuple[Trial, ...]:
        """Those of `ranked` that no other one dominates, by number; with one objective, the best ones."""
        front = next(iter(self._fronts), [])
        if len(self.config.objectives) == 1:
            front = [trial for trial in front if trial.values == front[0].values]
        return tuple(sorted(front, key=lambda trial: trial.number))

    @cached_property
    def _fronts(self) -> list[list[Trial]]:
        """Those of `ranked` front by front, the best front first; with one objective, all of them as one."""
        candidates = [trial for trial in self.trials if trial.is_ranked]
        fronts = ranked_fronts([trial.values or () for trial in candidates], self.config.objectives)
        return [[candidates[index] for index in front] for front in fronts]

    @cached_property
    def compute_seconds(self) -> float:
        """Sum of the running times of all trials, earlier attempts included."""
        before = sum(trial.run_seconds(trial.ended) for trial in self.earlier if trial.ended is not None)
        return before + sum(trial.run_seconds(self.now) for trial in self.trials)

    @property
    def wall_seconds(self) -> float:
        """How long ago the run began, or what it took: with the times without a controller, and pauses."""
        made = [moment for moment in (self.begun, *(trial.created for trial in self.attempts)) if moment]
        ends = [moment for moment in (self.over, *(trial.ended for trial in self.attempts)) if moment]
        last = max(ends, default=self.now) if self.status in ENDED_STATUSES else self.now
        return max(self.elapsed_seconds, (last - min(made)).total_seconds() if made else 0.0)

    @property
    def attempts(self) -> list[Trial]:
        """Every attempt of every trial, the latest ones first."""
        return [*self.trials, *self.earlier]

    @cached_property
    def tried_again(self) -> frozenset[int]:
        """Numbers of the trials that had more than one attempt."""
        return frozenset(trial.number for trial in self.earlier)

    @cached_property
    def count(self) -> Counter[TrialState]:
        """Number of trials in each state."""
        return Counter(trial.state for trial in self.trials)

    @cached_property
    def outcomes(self) -> Counter[Outcome]:
        """Number of trials of each outcome."""
        return Counter(trial.outcome for trial in self.trials)

    @property
    def ended(self) -> int:
        """Number of trials that ended, in whatever way."""
        return sum(count for state, count in self.count.items() if state.is_final)

    @property
    def running(self) -> int:
        """Number of trials that run on a worker now."""
        return sum(count for state, count in self.count.items() if state.has_started)

    @property
    def pending(self) -> int:
        """Number of trials that wait in the queue, or are about to."""
        return self.count[TrialState.QUEUED] + self.count[TrialState.CREATED]

    @property
    def archived(self) -> int:
        """Number of archived trials."""
        return sum(trial.archived for trial in self.trials)

    @property
    def pruned(self) -> int:
        """Number of trials that were stopped early because they were not promising."""
        return sum(trial.verdict is Verdict.PRUNED for trial in self.trials)

    @property
    def total(self) -> int | None:
        """How many trials there will be at most: the limit or the size of the space; `None` is unlimited.

        A limit that was lowered meanwhile takes back none that there are.
        """
        bounds = [bound for bound in (self.config.limits.total_tasks, self.config.space.size) if bound is not None]
        return max(min(bounds), len(self.trials)) if bounds else None

    @property
    def progress_percent(self) -> int | None:
        """How far the run is, 0 … 100: the limit that is used up most; `None` without any limit."""
        limits = self.config.limits
        shares = [
            self.ended / self.total if self.total else None,
            self.elapsed_seconds / 60 / limits.total_minutes if limits.total_minutes else None,
            self.compute_seconds / 60 / limits.compute_minutes if limits.compute_minutes else None,
        ]
        used = [share for share in shares if share is not None]
        return min(int(100 * max(used)), 100) if used else None


def _value(trial: Trial, place: int) -> float:
    """Return the value of an objective of a trial that is ranked."""
    return (trial.values or ())[place]
