"""What every method keeps; a new method is tested by its name in `METHODS` alone."""

import logging
import math
import subprocess
import sys
from importlib.util import find_spec

import pytest
from strategy_runs import CONTINUOUS, FINITE, SMALL, built, config, running, simulate, suggestions, trial

from clearml_hpo_app.config import HYPERBAND_METHODS, METHODS, HpoConfig
from clearml_hpo_app.errors import SpaceExhausted
from clearml_hpo_app.space.values import value_key
from clearml_hpo_app.strategies import choice, make_strategy
from clearml_hpo_app.trials.trial import TrialState, Verdict


def marked(method: str) -> object:
    """Return the method as a parameter; the Gaussian process takes half a second a suggestion."""
    if method != "gaussian-process":
        return pytest.param(method)
    needs_it = pytest.mark.skipif(find_spec("torch") is None, reason="the extra gp is not installed")
    return pytest.param(method, marks=[needs_it, pytest.mark.long, pytest.mark.timeout(1200)])


@pytest.fixture(params=[marked(method) for method in METHODS if method != "auto"])
def method(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["continuous", "finite", "two objectives"])
def varied_config(request: pytest.FixtureRequest, method: str) -> HpoConfig:
    if request.param == "two objectives" and method in HYPERBAND_METHODS:
        pytest.skip("Hyperband has one objective")
    parameters = CONTINUOUS if request.param != "finite" and method != "grid" else FINITE
    return config(method, parameters, objectives=2 if request.param == "two objectives" else 1)


def test_a_strategy_rebuilt_before_each_suggestion_suggests_the_same(varied_config: HpoConfig):
    unbroken = simulate(varied_config, seed=7, total=60)
    assert suggestions(simulate(varied_config, seed=7, total=60, rebuild=True)) == suggestions(unbroken)


def test_a_run_resumed_in_the_middle_goes_on_as_the_unbroken_one(varied_config: HpoConfig):
    unbroken = simulate(varied_config, seed=3, total=31, slots=0)
    resumed = built(varied_config, 3, unbroken[:30])
    assert repr(resumed.suggest(30)) == suggestions(unbroken)[30]


def test_a_finite_space_that_nearly_ran_out_is_resumed_as_well(method: str):
    small = config(method, SMALL)
    assert suggestions(simulate(small, seed=1, total=96, rebuild=True)) == suggestions(
        simulate(small, seed=1, total=96)
    )


def test_asking_twice_gives_the_same_and_changes_nothing(varied_config: HpoConfig):
    strategy = built(varied_config, 5, simulate(varied_config, seed=5, total=20))
    first = strategy.suggest(20)
    strategy.suggest(35)
    assert repr(strategy.suggest(20)) == repr(first)


def test_observing_a_trial_again_changes_nothing(varied_config: HpoConfig):
    history = simulate(varied_config, seed=5, total=20)
    once, twice = built(varied_config, 5, history), built(varied_config, 5, history)
    for known in history:
        twice.observe(known)
    assert repr(twice.suggest(20)) == repr(once.suggest(20))


def test_only_the_latest_state_of_a_trial_counts(varied_config: HpoConfig):
    history = simulate(varied_config, seed=5, total=20)
    strategy = make_strategy(varied_config, 5)
    for known in history:
        strategy.observe(running(known.number, known.parameters))
        strategy.observe(known)
    assert repr(strategy.suggest(20)) == repr(built(varied_config, 5, history).suggest(20))


def test_an_earlier_attempt_that_is_observed_late_does_not_count(varied_config: HpoConfig):
    history = simulate(varied_config, seed=5, total=20, slots=0)
    first, second = history[3], trial(3, history[3].parameters, (1.0,) * len(varied_config.objectives), attempt=2)
    assert first.state is TrialState.FAILED
    strategy = built(varied_config, 5, [*history[:3], second, *history[4:]])
    expected = repr(strategy.suggest(20))
    strategy.observe(first)
    assert repr(strategy.suggest(20)) == expected


def test_another_seed_gives_other_suggestions(varied_config: HpoConfig):
    first, second = (suggestions(simulate(varied_config, seed, total=12)) for seed in (1, 2))
    assert first != second


def test_every_point_of_a_finite_space_is_suggested_once_and_then_it_is_exhausted(method: str):
    small = config(method, SMALL)
    ran = simulate(small, seed=11, total=96)
    assert len(set(suggestions(ran))) == small.space.size == 96
    with pytest.raises(SpaceExhausted, match="All 96 points"):
        built(small, 11, ran).suggest(96)


def test_no_point_is_suggested_twice_where_a_range_is_continuous_either(method: str):
    names = {"Args/lr", "Args/batch", "General/mode"}
    rows = SMALL if method == "grid" else [row for row in CONTINUOUS if row["name"] in names]
    narrow = config(method, rows, limits={"total_tasks": 60})
    assert len(set(suggestions(simulate(narrow, seed=11, total=60)))) == 60


def test_a_point_that_a_trial_has_by_hand_is_asked_again_in_any_space(varied_config: HpoConfig):
    history = simulate(varied_config, seed=5, total=20)
    due = built(varied_config, 5, history).suggest(20)
    added = trial(99, due, state=TrialState.FAILED, verdict=Verdict.FAILED)
    other = built(varied_config, 5, [*history, added]).suggest(20)
    assert repr(other) != repr(due)
    assert repr(built(varied_config, 5, [*history, added]).suggest(20)) == repr(other)


def test_a_finite_space_is_used_up_when_every_trial_failed(method: str):
    small = config(method, SMALL)
    strategy = make_strategy(small, 0)
    tried = []
    for number in range(96):
        tried.append(strategy.suggest(number))
        strategy.observe(trial(number, tried[-1], state=TrialState.FAILED, verdict=Verdict.FAILED))
    assert len(set(map(repr, tried))) == 96
    with pytest.raises(SpaceExhausted, match="All 96 points"):
        strategy.suggest(96)


def test_trials_added_by_hand_are_not_suggested_again(method: str):
    small = config(method, SMALL)
    added = [running(number, small.space.point(number)) for number in range(95)]
    assert built(small, 0, added).suggest(95) == small.space.point(95)


def test_a_suggestion_has_every_parameter_in_order_and_only_values_of_the_space(varied_config: HpoConfig):
    for ran in simulate(varied_config, seed=2, total=40):
        assert list(ran.parameters) == [parameter.name for parameter in varied_config.parameters]
        assert varied_config.space.contains(ran.parameters)
        assert ran.parameters["Args/epochs"] == 3


def test_every_value_of_a_list_keeps_its_type(method: str):
    tried = [ran.parameters["Args/c"] for ran in simulate(config(method, SMALL), seed=2, total=96)]
    assert {value_key(value) for value in tried} == {("int", 1), ("bool", True), ("str", "2")}


def test_a_trial_outside_the_space_breaks_nothing(varied_config: HpoConfig):
    odd = [{}, {"Args/units": "many"}, {parameter.name: -1 for parameter in varied_config.parameters}]
    strategy = make_strategy(varied_config, 0)
    for number, parameters in enumerate(odd):
        strategy.observe(trial(number, parameters, (0.0,) * len(varied_config.objectives)))
    for number in range(3, 20):
        parameters = strategy.suggest(number)
        strategy.observe(trial(number, parameters, (1.0,) * len(varied_config.objectives)))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e308, -1e308, 0.0])
def test_extreme_values_break_nothing(varied_config: HpoConfig, value: float):
    strategy = make_strategy(varied_config, 0)
    for number in range(14):
        values = tuple(float(number + at) for at in range(len(varied_config.objectives)))
        strategy.observe(trial(number, strategy.suggest(number), (value, *values[1:]) if number % 2 else values))
    assert varied_config.space.contains(strategy.suggest(14))


def test_a_trial_with_values_for_other_objectives_counts_as_tried_only(method: str):
    small = config(method, SMALL)
    history = [trial(number, small.space.point(number), (1.0, 2.0)) for number in range(12)]
    failed = [trial(number, small.space.point(number), verdict=Verdict.FAILED) for number in range(12)]
    assert repr(built(small, 0, history).suggest(12)) == repr(built(small, 0, failed).suggest(12))


def test_a_finite_space_may_be_huge(method: str):
    rows = [{"type": "uniform", "name": f"Args/x{at}", "min": 0, "max": 10**6} for at in range(40)]
    rows.append({"type": "uniform", "name": "Args/wide", "min": -(10**18), "max": 10**18})
    rows.append({"type": "uniform", "name": "Args/widelog", "min": 1, "max": 10**30, "scale": "log"})
    ran = simulate(config(method, rows), seed=0, total=20)
    assert len(set(suggestions(ran))) == 20


def test_nothing_is_logged(method: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]):
    with caplog.at_level(logging.DEBUG):
        simulate(config(method, FINITE), seed=0, total=12)
    assert not caplog.records
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("at_once", "chosen"), [(96, "grid"), (4, "bayesian")])
def test_auto_suggests_what_the_method_suggests_that_it_chooses(
    at_once: int, chosen: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(choice, "find_spec", lambda name: None)
    auto, plain = (config(method, SMALL, max_concurrent_tasks=at_once) for method in ("auto", chosen))
    assert suggestions(simulate(auto, seed=4, total=12)) == suggestions(simulate(plain, seed=4, total=12))


@pytest.mark.parametrize(("method", "loaded"), [("random", []), ("bayesian", ["optuna", "numpy"])])
def test_a_method_loads_no_more_libraries_than_it_needs(method: str, loaded: list[str]):
    """SciPy, too, takes a second and 60 MB."""
    code = (
        "import sys; from clearml_hpo_app.strategies import make_strategy; "
        "from clearml_hpo_app.config import HpoConfig; "
        "config = HpoConfig(base_task_id='b', method=sys.argv[1], objectives=[{'title': 't', 'series': 's'}], "
        "parameters=[{'type': 'uniform', 'name': 'A/x', 'min': 0, 'max': 9}]); "
        "strategy = make_strategy(config, 0); print(strategy.suggest(0), strategy.suggest(1), file=sys.stderr); "
        "print([name for name in ('optuna', 'scipy', 'numpy', 'torch') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, method], capture_output=True, text=True, check=True)
    assert done.stdout == f"{loaded}\n"
