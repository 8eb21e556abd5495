"""Builders of runs for the dashboard's tests: trials of every kind, and snapshots of them."""

import math
import random
from datetime import datetime, timedelta, timezone

from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.dashboard.importance import Importance
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import Trial, TrialState, Verdict

START = datetime(2026, 11, 2, 8, 0, tzinfo=timezone.utc)
LOSS = {"title": "validation", "series": "loss", "trend": "min"}
SPACE = (
    {"type": "uniform", "name": "Args/lr", "min": 1e-5, "max": 0.1, "scale": "log"},
    {"type": "uniform", "name": "Args/weight_decay", "min": 1e-6, "max": 0.01, "scale": "log"},
    {"type": "uniform", "name": "Args/dropout", "min": 0.0, "max": 0.6},
    {"type": "uniform", "name": "Args/layers", "min": 1, "max": 6},
    {"type": "discrete", "name": "Args/optimizer", "values": ["adam", "sgd", "rmsprop"]},
    {"type": "discrete", "name": "Args/batch_size", "values": [16, 32, 64, 128]},
)


def config(*, parameters=SPACE, objectives=(LOSS,), **more):
    return HpoConfig(
        base_task_id="base", parameters=list(parameters), objectives=list(objectives), method="random", **more
    )


def trial(number, value=None, *, state=TrialState.COMPLETED, verdict=Verdict.COMPLETED, **more):
    ended = START + timedelta(seconds=60 * number + 50) if state.is_final else None
    facts = {
        "task_id": f"task{number:04d}",
        "name": f"trial {number}",
        "parameters": {"Args/lr": 0.01},
        "values": None if value is None else (value if isinstance(value, tuple) else (value,)),
        "iteration": 10,
        "started": START + timedelta(seconds=60 * number),
        "ended": ended,
        "verdict": verdict if state.is_final else None,
    }
    return Trial(number=number, state=state, **{**facts, **more})


def running(number, value=None, **more):
    return trial(number, value, state=TrialState.RUNNING, **more)


def waiting(number, **more):
    return trial(number, state=TrialState.QUEUED, **{"started": None, "iteration": None, **more})


def failed(number, value=None, **more):
    facts = {"state": TrialState.FAILED, "verdict": Verdict.FAILED, "reason": "RuntimeError: out of memory"}
    return trial(number, value, **{**facts, **more})


def pruned(number, value, **more):
    reason = f"stopped at iteration 3: {value} is above the median 0.31 of 9 trials"
    facts = {"state": TrialState.STOPPED, "verdict": Verdict.PRUNED, "reason": reason, "iteration": 3}
    return trial(number, value, **{**facts, **more})


def snapshot(trials, *, seconds=600.0, settings=None, **more):
    return Snapshot(
        config=settings or config(),
        trials=tuple(trials),
        now=START + timedelta(seconds=seconds),
        elapsed_seconds=seconds,
        **more,
    )


def typical_run(count, *, seed=0, settings=None):
    """A run of `count` trials over `SPACE`: mostly completed, some pruned, some failed, the last four running."""
    chance = random.Random(seed)
    made = []
    for number in range(count):
        parameters = {
            "Args/lr": float(f"{10 ** chance.uniform(-5, -1):.6g}"),
            "Args/weight_decay": float(f"{10 ** chance.uniform(-6, -2):.6g}"),
            "Args/dropout": round(chance.uniform(0, 0.6), 6),
            "Args/layers": chance.randint(1, 6),
            "Args/optimizer": chance.choice(["adam", "sgd", "rmsprop"]),
            "Args/batch_size": chance.choice([16, 32, 64, 128]),
        }
        distance = abs(math.log10(parameters["Args/lr"]) + 3) * 0.1 + parameters["Args/dropout"] * 0.2
        value = round(0.2 + distance + abs(chance.gauss(0, 0.08)), 7)
        kind = chance.random()
        if number >= count - 4 and count > 10:
            made.append(running(number, value if number % 2 else None, parameters=parameters))
        elif kind < 0.06:
            made.append(failed(number, parameters=parameters))
        elif kind < 0.18:
            made.append(pruned(number, value + 0.2, parameters=parameters))
        else:
            made.append(trial(number, value, parameters=parameters))
    return snapshot(made, seconds=60.0 * count, settings=settings, workers=4)


def wide_run(count, parameters, *, seed=1):
    """A run over `parameters` parameters with long names, texts beyond ASCII, and 70 workers."""
    chance = random.Random(seed)
    space = [
        {"type": "discrete", "name": f"Args/größe_{n}_" + "ü" * 30, "values": ["ä" * 30, "ö" * 30]}
        for n in range(parameters)
    ]
    names = [parameter["name"] for parameter in space]
    made, curves = [], {}
    for number in range(count):
        facts = {
            "parameters": {name: chance.choice(["ä" * 30, "ö" * 30]) for name in names},
            "created": START + timedelta(seconds=60 * number - 30),
            "worker": f"máquina-{chance.randrange(70)}:gpu0",
        }
        value = chance.random()
        kind = chance.random()
        if kind < 0.2:
            made.append(failed(number, **facts))
        elif kind < 0.4:
            made.append(pruned(number, value, **facts))
        else:
            made.append(trial(number, value, **facts))
        curves[made[-1].task_id] = [(step, value + chance.random()) for step in range(300)]
    return snapshot(made, seconds=60.0 * count, settings=config(parameters=space), curves=curves)


def shares_of(run, *shares):
    """The importance of the run's parameters in their order: `shares`, and nothing for the rest."""
    names = [parameter.name for parameter in run.config.space.varied]
    padded = [*shares, *[0.0] * len(names)]
    return Importance(tuple(zip(names, padded, strict=False)), len(run.trials))
