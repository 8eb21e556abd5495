"""A run that never was, of any length: what a dashboard has to show, with workers, waits, failures and curves."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.dashboard import trials_with_curves
from clearml_hpo_app.space.values import Value
from clearml_hpo_app.trials.snapshot import Decision, Snapshot
from clearml_hpo_app.trials.trial import Rung, Trial, TrialState, Verdict

START = datetime(2026, 11, 2, 8, tzinfo=timezone.utc)
ITERATIONS = 27
_RUNG = 3
_SPACE = (
    {"type": "uniform", "name": "Args/lr", "min": 1e-5, "max": 0.1, "scale": "log"},
    {"type": "uniform", "name": "Args/weight_decay", "min": 1e-6, "max": 0.01, "scale": "log"},
    {"type": "uniform", "name": "Args/dropout", "min": 0.0, "max": 0.6},
    {"type": "uniform", "name": "Args/layers", "min": 1, "max": 6},
    {"type": "discrete", "name": "Args/optimizer", "values": ["adam", "sgd", "rmsprop"]},
    {"type": "discrete", "name": "Args/batch_size", "values": [16, 32, 64, 128]},
)
_LOSS = {"title": "validation", "series": "loss", "trend": "min"}
_SECONDS = {"title": "validation", "series": "seconds", "trend": "min"}
_RECALL = {"title": "validation", "series": "recall", "trend": "max"}


@dataclass
class Maker:
    """Makes the trials of a run one after the other, each on the worker that is free first."""

    workers: int
    objectives: int
    chance: random.Random
    ends: dict[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ends = {f"gpu-{place // 8:02d}:{place % 8}": START for place in range(self.workers)}

    def trial(self, number: int, *, is_last: bool) -> Trial:
        """Return the next trial: whole (most are), stopped early, failed, or running if it is among the last."""
        worker = min(self.ends, key=lambda name: self.ends[name])
        free = self.ends[worker]
        started = free + timedelta(seconds=self.chance.choice([0.4, 0.8, 1.2, 4.0]))
        parameters = self._parameters()
        value = self._value(parameters)
        kind = 1.0 if is_last else self.chance.random()
        share = 0.1 if kind < 0.05 else _RUNG / ITERATIONS if kind < 0.3 else 1.0
        ended = started + timedelta(seconds=share * self.chance.uniform(200, 300))
        self.ends[worker] = ended
        facts = {
            "number": number,
            "task_id": f"{number:032x}",
            "name": f"trial {number}",
            "parameters": parameters,
            "created": free - timedelta(seconds=self.chance.uniform(0, 20)),
            "started": started,
            "worker": worker,
        }
        return _ended(facts, self._values(value), kind, ended, is_last=is_last)

    def _parameters(self) -> dict[str, Value]:
        chance = self.chance
        return {
            "Args/lr": float(f"{10 ** chance.uniform(-5, -1):.6g}"),
            "Args/weight_decay": float(f"{10 ** chance.uniform(-6, -2):.6g}"),
            "Args/dropout": round(chance.uniform(0, 0.6), 6),
            "Args/layers": chance.randint(1, 6),
            "Args/optimizer": chance.choice(["adam", "sgd", "rmsprop"]),
            "Args/batch_size": chance.choice([16, 32, 64, 128]),
        }

    def _value(self, parameters: dict[str, Value]) -> float:
        off = abs(math.log10(float(parameters["Args/lr"] or 1)) + 3) * 0.1
        return round(0.2 + off + float(parameters["Args/dropout"] or 0) * 0.2 + abs(self.chance.gauss(0, 0.05)), 6)

    def _values(self, value: float) -> tuple[float, ...]:
        if self.objectives == 1:
            return (value,)
        more = (round(2 / (value + 0.1) + self.chance.random() * 20, 3), round(self.chance.random(), 4))
        return (value, *more)[: self.objectives]


def made_up_run(count: int, *, workers: int = 4, objectives: int = 1, seed: int = 1) -> Snapshot:
    """Return a run of `count` trials that still goes on: on each worker one runs, and two wait in the queue."""
    config = HpoConfig(
        base_task_id="0" * 32,
        objectives=[_LOSS, _SECONDS, _RECALL][:objectives],
        parameters=list(_SPACE),
        method="random",
        max_concurrent_tasks=workers,
    )
    maker = Maker(workers, objectives, random.Random(seed))  # noqa: S311
    running = min(workers, count // 3)
    trials = [maker.trial(number, is_last=number >= count - running) for number in range(count)]
    now = max((trial.started or START for trial in trials), default=START) + timedelta(seconds=30)
    queued = [
        Trial(count + place, f"{count + place:032x}", "", trials[0].parameters, TrialState.QUEUED, created=now)
        for place in range(2 if trials else 0)
    ]
    run = Snapshot(
        config=config,
        trials=(*trials, *queued),
        now=now,
        elapsed_seconds=(now - START).total_seconds(),
        workers=workers,
        choices=(
            "method: Random, since it was asked for",
            f"early stopping: asha, since the objective repeats within a trial of {ITERATIONS} iterations",
        ),
        decisions=tuple(_archivings(trials)),
    )
    return replace(run, curves={trial.task_id: _curve(trial) for trial in trials_with_curves(run) if trial.values})


def _ended(
    facts: dict[str, object], values: tuple[float, ...], kind: float, ended: datetime, *, is_last: bool
) -> Trial:
    if is_last:
        return Trial(**facts, state=TrialState.RUNNING, values=values, iteration=9)  # type: ignore[arg-type]
    if kind < 0.05:
        told: dict[str, object] = {
            "state": TrialState.FAILED,
            "verdict": Verdict.FAILED,
            "reason": "CUDA error: out of memory",
        }
    elif kind < 0.3:
        reason = f"stopped at iteration {_RUNG}: its validation/loss there was {values[0] + 0.5:g}, above the bar"
        told = {"state": TrialState.STOPPED, "verdict": Verdict.PRUNED, "rung": Rung(_RUNG), "reason": reason}
        told |= {"values": (values[0] + 0.5, *values[1:]), "iteration": _RUNG}
    else:
        told = {"state": TrialState.COMPLETED, "verdict": Verdict.COMPLETED, "values": values}
        told |= {"iteration": ITERATIONS}
    return Trial(**facts, **told, ended=ended)  # type: ignore[arg-type]


def _archivings(trials: list[Trial]) -> Iterator[Decision]:
    for trial in [trial for trial in trials if trial.verdict is Verdict.COMPLETED][-60::3]:
        yield Decision(trial.ended or START, "archived", trial.number, "not among the best 20")


def _curve(trial: Trial) -> list[tuple[int, float]]:
    last, value = trial.iteration or 1, (trial.values or (0.0,))[0]
    chance = random.Random(trial.number)  # noqa: S311
    end = value - math.exp(-last / 6)
    return [(step, round(end + math.exp(-step / 6) + chance.gauss(0, 0.01), 5)) for step in range(1, last + 1)]
