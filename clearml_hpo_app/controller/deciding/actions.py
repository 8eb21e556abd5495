"""What the controller can decide to do, as values; each carries the sentence that explains it."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from clearml_hpo_app.space.values import Parameters
from clearml_hpo_app.trials.trial import Rung, Verdict


@dataclass(frozen=True)
class ByHand:
    """Parameters that a person wants to be tried; `act` is the id of that wish."""

    act: str
    parameters: Parameters


@dataclass(frozen=True)
class Launch:
    """Create the trial `number` and enqueue it, with a person's parameters or those that the method suggests."""

    number: int
    by_hand: ByHand | None = None


@dataclass(frozen=True)
class Retry:
    """Create another attempt of the trial `number`, with the same parameters, and enqueue it."""

    number: int
    reason: str


@dataclass(frozen=True)
class Enqueue:
    """Put a trial that exists into the queue (again)."""

    number: int
    reason: str


@dataclass(frozen=True)
class Dequeue:
    """Take a waiting trial off its queue, without ending it."""

    number: int
    reason: str


@dataclass(frozen=True)
class Exchange:
    """Give a trial that waits other parameters, since results have come that its own do not follow from."""

    number: int
    reason: str


@dataclass(frozen=True)
class Mark:
    """Write the identity of a trial, and its verdict, on its task again."""

    number: int
    reason: str


@dataclass(frozen=True)
class Stop:
    """Ask for the end of a trial, with the verdict and the reason that it keeps.

    `at_once` declares it stopped, without waiting for a worker that is gone; `rung` is where it was judged not to
    be promising.
    """

    number: int
    verdict: Verdict
    reason: str
    at_once: bool = False
    rung: Rung | None = None


@dataclass(frozen=True)
class ReadLog:
    """Look when a running trial last wrote a line of log."""

    number: int


@dataclass(frozen=True)
class ForceStop:
    """Declare a trial stopped whose worker does not obey."""

    number: int
    reason: str


@dataclass(frozen=True)
class Archive:
    """Give an ended trial the `archived` tag."""

    number: int
    reason: str


@dataclass(frozen=True)
class Supersede:
    """Archive an earlier attempt, whose log stays with it."""

    task_id: str


@dataclass(frozen=True)
class Restore:
    """Take the `archived` tag off a trial that is among the best again."""

    number: int
    reason: str


@dataclass(frozen=True)
class WindUp:
    """Wind the run up: no more trials; the running ones are stopped, left or waited for; then it finishes."""

    reason: str
    status: Literal["completed", "stopped", "failed"]
    leave_trials: bool = False
    lets_finish: bool = False


@dataclass(frozen=True)
class Finish:
    """End the run: nothing is left to wait for."""

    reason: str
    status: Literal["completed", "stopped", "failed"]


Action: TypeAlias = (
    Launch
    | Retry
    | Enqueue
    | Dequeue
    | Exchange
    | Mark
    | Stop
    | ReadLog
    | ForceStop
    | Archive
    | Supersede
    | Restore
    | WindUp
    | Finish
)
