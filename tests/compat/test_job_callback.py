"""What a script's own function does wrong is its author's to see, and no reason to end the run."""

from types import SimpleNamespace
from typing import Any

import pytest

from clearml_hpo_app.compat.job_callback import JobCallback
from clearml_hpo_app.space.parameters import Uniform
from clearml_hpo_app.space.search_space import SearchSpace
from clearml_hpo_app.trials.trial import Trial, TrialState


def controller(*trials: Trial) -> Any:
    space = SearchSpace((Uniform(name="Args/x", min=0.0, max=1.0),))
    seen = SimpleNamespace(trials=trials, config=SimpleNamespace(space=space), best=trials[0])
    return SimpleNamespace(snapshot=lambda: seen)


def ended(number: int) -> Trial:
    return Trial(number, f"task{number}", "n", {"Args/x": 0.5}, TrialState.COMPLETED, values=(0.25,), iteration=7)


def test_each_trial_is_told_once_with_what_the_sdk_gives():
    told: list[tuple[Any, ...]] = []
    callback = JobCallback(lambda *each: told.append(each))
    for known in ([ended(0)], [ended(0), ended(1)]):
        callback(controller(*known), SimpleNamespace())  # type: ignore[arg-type]
    assert told == [(f"task{number}", 0.25, 7, {"Args/x": 0.5}, "task0") for number in (0, 1)]


def test_a_function_that_fails_is_shown_to_who_runs_the_script(capsys: pytest.CaptureFixture[str]):
    def fails(*_told: Any) -> None:
        raise KeyError("accuracy")

    callback = JobCallback(fails)
    callback(controller(ended(0), ended(1)), SimpleNamespace())  # type: ignore[arg-type]
    assert capsys.readouterr().err.count("KeyError: 'accuracy'") == 2
