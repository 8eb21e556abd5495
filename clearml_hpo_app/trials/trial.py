"""What a trial is and what can become of it: frozen values that every part of the package speaks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import NamedTuple

from clearml_hpo_app.objective import Values
from clearml_hpo_app.space.values import Value


class TrialState(str, Enum):
    """Where a trial stands."""

    CREATED = "created"
    QUEUED = "queued"
    RUNNING = "running"
    STOPPING = "stopping"
    COMPLETED = "completed"
    STOPPED = "stopped"
    FAILED = "failed"
    DELETED = "deleted"

    @property
    def is_final(self) -> bool:
        """Whether nothing more is expected of the trial, so that its slot is free."""
        return self in {TrialState.COMPLETED, TrialState.STOPPED, TrialState.FAILED, TrialState.DELETED}

    @property
    def has_started(self) -> bool:
        """Whether the trial runs on a worker now."""
        return self in {TrialState.RUNNING, TrialState.STOPPING}


class Verdict(str, Enum):
    """Why a trial ended; the text is what people read in its properties, the log and the dashboard.

    Attributes:
        COMPLETED: Its script ended by itself, with values.
        MAX_ITERATIONS, TASK_TIME: A limit of the configuration ended it; its value is a full result.
        RUN_ENDED: The run ended before it did; tried again when the run is resumed.
        PRUNED: It was not promising.
        DROPPED: A person had the controller end it; ABORTED: a person ended it.
        FAILED: Its script failed.
        LOST: Its agent was lost or shut down; STALLED: it said nothing for too long.
        SHORT: It ended before its iterations were done, as one does whose agent is shut down.
        INFEASIBLE: Its objective became NaN or infinite.
        NO_METRIC: It ended without the objective; DELETED: its task was deleted.
    """

    COMPLETED = "completed"
    MAX_ITERATIONS = "max iterations"
    TASK_TIME = "task time limit"
    RUN_ENDED = "run ended"
    PRUNED = "pruned"
    DROPPED = "dropped"
    ABORTED = "stopped by a person"
    FAILED = "failed"
    LOST = "lost"
    STALLED = "stalled"
    SHORT = "short"
    INFEASIBLE = "infeasible"
    NO_METRIC = "no metric"
    DELETED = "deleted"

    @property
    def is_full_result(self) -> bool:
        """Whether the trial's value is what this parameter set is worth under the limits of the run."""
        return self in {Verdict.COMPLETED, Verdict.MAX_ITERATIONS, Verdict.TASK_TIME}

    @property
    def is_ours(self) -> bool:
        """Whether the controller ended the trial (and wrote why on it), rather than found it ended."""
        return self in _OURS

    @property
    def is_retryable(self) -> bool:
        """Whether the same parameters may end well another time."""
        return self in {Verdict.FAILED, Verdict.LOST, Verdict.STALLED, Verdict.SHORT}

    @property
    def is_failure(self) -> bool:
        """Whether the trial went wrong, so that its values mean nothing."""
        return self.is_retryable or self is Verdict.INFEASIBLE


_OURS = {
    Verdict.MAX_ITERATIONS,
    Verdict.TASK_TIME,
    Verdict.RUN_ENDED,
    Verdict.PRUNED,
    Verdict.DROPPED,
    Verdict.LOST,
    Verdict.STALLED,
}


class Rung(NamedTuple):
    """Where a trial was judged not to be promising: the iteration, and what its objective was there, if known."""

    iteration: int
    value: float | None = None


LARGEST_VALUE = 1e300
"""A value beyond it, up or down, is a diverged one: no axis has ends around it."""


class Outcome(str, Enum):
    """What became of a trial: the kind that it is counted as, in the dashboard, on the command line and in JSON.

    Attributes:
        COMPLETED: It ended by itself, or at the limit of iterations or minutes of one trial, with a value within
            ±1e300 for every objective.
        PRUNED: We stopped it early, since it was not promising.
        STOPPED: We ended it with the run, or a person did (abort, reset), with values or without.
        FAILED: Its script failed, its agent was lost, it stalled, ended short, or diverged.
        NO_VALUE: It ended as a completed one does, but without such values.
        DELETED: Its task was deleted.
        RUNNING: It runs on a worker, also while it is being ended.
        WAITING: It is in the queue, or about to be.
    """

    COMPLETED = "completed"
    PRUNED = "pruned"
    STOPPED = "stopped"
    FAILED = "failed"
    NO_VALUE = "without a value"
    DELETED = "deleted"
    RUNNING = "running"
    WAITING = "waiting"


@dataclass(frozen=True)
class MetricValue:
    """The reported values of one objective of one trial: the last, the smallest and the largest."""

    last: float
    min: float
    max: float


@dataclass(frozen=True)
class Trial:
    """One parameter set, and what is known of the task that tries it.

    Attributes:
        number: Counts from 0 in the order in which the parameter sets were chosen.
        attempt: 1, and one more for each time that the same parameters were tried again.
        task_id: ClearML task; its `name` is what the UI lists.
        parameters: Every parameter of the run by its full name, the fixed ones included.
        values: One finite number per objective, in the configuration's order; `None` until all were reported, and
            of a trial that is infeasible.
        metrics: The reported values per objective; `None` for one that was not reported yet.
        iteration: The last iteration that the trial reported, `None` when there is none yet.
        created, started, ended: Times on the server's clock; `None` when it has not happened yet.
        last_update: When the server last heard of the trial.
        verdict: Why it ended, `None` while it has not; `reason` is the sentence that goes with it.
        rung: Where it was judged not to be promising, `None` for any other trial; its `values` may be later ones.
        archived: Whether it carries ClearML's `archived` system tag.
        worker: Name of the worker that ran it last, empty while none has.
        project: Id of the ClearML project that holds the task.
        status_reason, status_message: The status texts of the task, as the server has them.
    """

    number: int
    task_id: str
    name: str
    parameters: Mapping[str, Value]
    state: TrialState
    attempt: int = 1
    values: Values | None = None
    metrics: tuple[MetricValue | None, ...] = ()
    iteration: int | None = None
    created: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    last_update: datetime | None = None
    verdict: Verdict | None = None
    reason: str = ""
    rung: Rung | None = None
    archived: bool = False
    worker: str = ""
    project: str = ""
    status_reason: str = field(default="", compare=False)
    status_message: str = field(default="", compare=False)

    @cached_property
    def is_ranked(self) -> bool:
        """Whether the trial competes for the top: it ended, has values within ±1e300 and did not fail."""
        return (
            self.state in {TrialState.COMPLETED, TrialState.STOPPED}
            and self.finite_values is not None
            and not (self.verdict is not None and self.verdict.is_failure)
        )

    @cached_property
    def finite_values(self) -> Values | None:
        """Its values when all of them are finite numbers within ±1e300."""
        values = self.values
        return values if values and all(-LARGEST_VALUE <= value <= LARGEST_VALUE for value in values) else None

    @cached_property
    def outcome(self) -> Outcome:
        """What it is counted as."""
        if not self.state.is_final:
            return Outcome.RUNNING if self.state.has_started else Outcome.WAITING
        if self.state is TrialState.DELETED:
            return Outcome.DELETED
        if self.state is TrialState.FAILED or (self.verdict is not None and self.verdict.is_failure):
            return Outcome.FAILED
        if self.verdict is Verdict.PRUNED:
            return Outcome.PRUNED
        if self.state is TrialState.STOPPED and not (self.verdict is not None and self.verdict.is_full_result):
            return Outcome.STOPPED
        return Outcome.NO_VALUE if self.finite_values is None else Outcome.COMPLETED

    def run_seconds(self, now: datetime) -> float:
        """Return how long it has been running: until it ended, or until `now`; 0 before it started."""
        if self.started is None:
            return 0.0
        return max(((self.ended or now) - self.started).total_seconds(), 0.0)
