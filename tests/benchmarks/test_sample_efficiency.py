"""The benchmark of sample efficiency: its problems are fair, everyone plays by the rules, the figures add up."""

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.sample_efficiency import figures, saving
from benchmarks.sample_efficiency.__main__ import main
from benchmarks.sample_efficiency.figures import Cell
from benchmarks.sample_efficiency.peers import CLEARML, PEERS, ClearMLSearch
from benchmarks.sample_efficiency.play import MODES, Game, play, play_all, regrets
from benchmarks.sample_efficiency.players import AUTO_WITHOUT_GP, config_of, make_search, names, resolved
from benchmarks.sample_efficiency.problems import PROBLEMS, SEEDS, Point, Problem, Tabulated
from benchmarks.sample_efficiency.stopping import (
    Curves,
    OursWithStopping,
    make_stopping_search,
    play_stopping,
    stopping_names,
    ticks,
)
from clearml_hpo_app.errors import SpaceExhausted
from clearml_hpo_app.strategies.axes import axis_of

TABLES = [problem for problem in PROBLEMS.values() if isinstance(problem, Tabulated)]
CURVES = [problem for problem in PROBLEMS.values() if problem.kind == "curve"]


class Recorded:
    """A search that suggests one point again and again, and notes who is pending when it is asked."""

    def __init__(self, point: Point | None) -> None:
        self.point = point
        self.pending: list[int] = []
        self.told: list[int] = []
        self.asked = 0

    def ask(self) -> Point | None:
        self.pending.append(self.asked - len(self.told))
        self.asked += 1
        return self.point

    def tell(self, number: int, loss: float) -> None:
        assert math.isfinite(loss)
        self.told.append(number)


class StopsOdd(Recorded):
    """It stops every second trial after three iterations."""

    def look(self, curves: Curves) -> set[int]:
        return {number for number, curve in curves.items() if number % 2 and len(curve) == 3}


def point_of(problem: Problem, fraction: float) -> Point:
    return {each.name: axis_of(each).at_fraction(fraction) for each in problem.parameters}


def test_of_each_kind_of_problem_half_are_held_out() -> None:
    counted = Counter((problem.kind, problem.held_out) for problem in PROBLEMS.values())
    kinds = ("synthetic", "tuning", "curve")
    assert counted == {(kind, is_held_out): 3 for kind in kinds for is_held_out in (True, False)}
    assert len(SEEDS) == 20


@pytest.mark.parametrize("problem", TABLES, ids=lambda problem: problem.name)
def test_a_table_has_a_finite_loss_for_each_point_that_it_should_have(problem: Tabulated) -> None:
    assert problem.table.shape[:-1] == tuple(map(len, problem.axes))
    assert np.isfinite(problem.table).all()
    assert (problem.iterations > 1) == (problem.kind == "curve")


@pytest.mark.parametrize("problem", TABLES, ids=lambda problem: problem.name)
def test_a_point_of_the_table_has_the_loss_that_was_trained(problem: Tabulated) -> None:
    places = [len(axis) // 3 for axis in problem.axes]
    values = [axis[place] for axis, place in zip(problem.axes, places, strict=True)]
    point = {parameter.name: value for parameter, value in zip(problem.parameters, values, strict=True)}
    assert problem.losses(point) == pytest.approx(problem.table[tuple(places)].tolist(), rel=1e-4)


@pytest.mark.parametrize("name", ["diabetes-kernel", "wine-neighbours"])
def test_training_again_gives_what_the_table_says(name: str) -> None:
    problem = PROBLEMS[name]
    assert isinstance(problem, Tabulated)
    values = problem.points()[len(problem.points()) // 2]
    point = {parameter.name: values[parameter.key] for parameter in problem.parameters}
    assert problem.losses(point) == pytest.approx(problem.train(values), rel=1e-3)


@given(name=st.sampled_from(sorted(PROBLEMS)), fraction=st.floats(0, 1, exclude_max=True))
@settings(max_examples=60, deadline=None)
def test_no_point_is_better_than_the_best_one_known(name: str, fraction: float) -> None:
    problem = PROBLEMS[name]
    losses = problem.losses(point_of(problem, fraction))
    assert len(losses) == problem.iterations
    assert losses[-1] >= problem.best - 1e-6


def test_a_regret_is_0_at_the_best_loss_and_1_at_a_typical_one_or_worse() -> None:
    problem = PROBLEMS["diabetes-kernel"]
    half = (problem.best + problem.typical) / 2
    losses = [problem.best, half, problem.typical, 1e6]
    assert [problem.regret(loss) for loss in losses] == [0, pytest.approx(0.5), 1, 1]


@pytest.mark.parametrize(("mode", "pending"), [("sequential", 0), ("parallel_4", 3)])
def test_a_suggestion_sees_all_results_but_those_of_the_pending_trials(mode: str, pending: int) -> None:
    problem = PROBLEMS["hartmann-6"]
    search = Recorded(point_of(problem, 0.5))
    losses = play(search, problem, budget=9, slots=MODES[mode])
    assert search.pending == [min(number, pending) for number in range(9)]
    assert search.told == list(range(9))
    assert len(losses) == 9


def test_a_trial_without_a_result_is_used_up() -> None:
    assert play(Recorded(None), PROBLEMS["cliff"], budget=3, slots=4) == [math.inf] * 3


@pytest.mark.parametrize(
    "name",
    [
        *(name for name in (*PEERS, "bayesian", "evolutionary", "quasi-random") if name != "optuna-gp"),
        pytest.param("optuna-gp", marks=pytest.mark.long),
    ],
)
def test_the_same_seed_plays_the_same_game_and_regret_never_grows(name: str) -> None:
    if name == "optuna-gp":
        pytest.importorskip("torch")
    game = Game(name, "mixed-network", "parallel_4", 3, 12)
    after = regrets(game)
    assert after == regrets(game) != regrets(game._replace(seed=4))
    assert len(after) == 12
    assert all(later <= earlier for earlier, later in pairwise(after))


def test_clearml_repeats_points_of_a_small_space_at_the_cost_of_trials_and_ours_never_do() -> None:
    whole = PROBLEMS["wine-neighbours"]
    small = replace(whole, parameters=tuple(p for p in whole.parameters if p.key in {"weights", "metric"}))
    theirs = ClearMLSearch(small, 0)
    asked = [theirs.ask() for _ in range(20)]
    distinct = {tuple(point.items()) for point in asked if point is not None}
    assert len(distinct) == len([point for point in asked if point is not None]) <= 8
    assert None in asked
    ours = make_search("bayesian", small, 0, budget=8, slots=1)
    assert len({tuple((ours.ask() or {}).items()) for _ in range(8)}) == 8


def test_clearml_knows_no_log_scale_of_integers_and_no_order_of_lists() -> None:
    theirs = ClearMLSearch(PROBLEMS["mixed-network"], 0)
    theirs.ask()
    distributions = theirs.trials[0].distributions
    assert distributions["Args/lr"].log
    assert not distributions["Args/units"].log
    assert distributions["Args/batch"].choices == (16, 32, 64, 128, 256, 512)


def test_auto_is_played_once_as_what_it_chooses() -> None:
    problem = PROBLEMS["cliff"]
    assert {"auto", AUTO_WITHOUT_GP} <= set(names())
    assert "auto" != resolved("auto", problem, budget=60, slots=4) in names()
    assert resolved(AUTO_WITHOUT_GP, problem, budget=60, slots=4) not in {"gaussian-process", "auto"}
    assert resolved("evolutionary", problem, budget=60, slots=4) == "evolutionary"


def test_a_stopped_trial_frees_its_slot_and_only_whole_ones_count() -> None:
    problem = PROBLEMS["digits-network"]
    search = StopsOdd(point_of(problem, 0.5))
    best = play_stopping(search, problem, budget=4)
    assert len(best) == ticks(problem, 4) == 28
    assert best[:27] == [math.inf] * 27  # a start and 26 iterations: nobody is through
    assert best[-1] == problem.losses(search.point or {})[-1]
    assert search.told == [0, 2]
    assert search.asked == 7  # 1, 3 and 5 make room, and then four even ones run


class HasFive(Recorded):
    """It has five points to try."""

    def ask(self) -> Point | None:
        if self.asked == 5:
            raise SpaceExhausted("All 5 points of the search space were tried.")
        return super().ask()

    def look(self, curves: Curves) -> set[int]:
        return set()


def test_a_game_goes_on_without_new_trials_once_the_whole_space_was_tried() -> None:
    problem = PROBLEMS["digits-network"]
    search = HasFive(point_of(problem, 0.5))
    best = play_stopping(search, problem, budget=12)
    assert len(best) == ticks(problem, 12)
    assert search.told == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("name", [name for name in stopping_names() if "auto" not in name and "gauss" not in name])
def test_everyone_with_early_stopping_plays_the_same_game_with_the_same_seed(name: str) -> None:
    problem = PROBLEMS["digits-network"]
    games = [play_stopping(make_stopping_search(name, problem, 1, 12), problem, 12) for _ in range(2)]
    assert games[0] == games[1]
    assert math.isfinite(games[0][-1])


def test_successive_halving_stops_most_trials_by_their_values_at_the_rungs() -> None:
    problem = PROBLEMS["digits-network"]
    search = OursWithStopping(config_of("random", problem, 20, 4, "asha"), problem, 0)
    stopped: list[int] = []
    look = search.look

    def noted(curves: Curves) -> set[int]:
        missed = look(curves)
        assert all(len(curves[number]) in {1, 3, 9} for number in missed)
        stopped.extend(missed)
        return missed

    search.look = noted  # type: ignore[method-assign]  # to see what it answers
    play_stopping(search, problem, 20)
    assert len(stopped) > 2 * 20


def areas(rows: Sequence[Sequence[float]]) -> dict[Cell, np.ndarray]:
    return {Cell(name, "p", mode): np.array([row]) for name, row in zip("ab", rows, strict=True) for mode in MODES}


def test_the_figures_follow_from_the_regrets() -> None:
    cells = {
        cell._replace(name={"a": "random", "b": "ours"}[cell.name]): rows
        for cell, rows in areas([[1.0, 0.8, 0.4, 0.4], [1.0, 0.2, 0.1, 0.0]]).items()
    }
    found = figures.figures(cells, ["random", "ours"], ["p"])
    assert found["mean_rank"] == {"random": 2.0, "ours": 1.0}
    assert found["regret_ratio_to_random"]["ours"] == {"sequential": 0.5, "parallel_4": 0.5}
    assert found["trials_to_random_best"] == {
        "random": {"sequential": 3.0, "parallel_4": 3.0},
        "ours": {"sequential": 2.0, "parallel_4": 2.0},
    }


def test_compute_is_saved_at_the_quality_that_clearml_ends_with() -> None:
    curves = {
        (CLEARML, "p"): np.array([[1.0, 1.0, 0.6, 0.6, 0.2, 0.2], [1.0, 1.0, 0.6, 0.6, 0.4, 0.4]]),
        ("half", "p"): np.array([[1.0, 0.3, 0.3, 0.3, 0.3, 0.3]]),
        ("never", "p"): np.array([[1.0, 0.9, 0.9, 0.9, 0.9, 0.9]]),
    }
    saved = saving.compute_saved(curves, [CLEARML, "half", "never"], ["p"])
    assert saved == {CLEARML: 0.0, "half": 0.6, "never": -0.2}
    assert saving.by_problem(curves, ["half", "never"], ["p"])["p"]["unreached"] == ["never"]
    assert saving.area_ratios(curves, ["half"], ["p"])["half"] == pytest.approx(2.5 / 3.8, abs=1e-3)


def test_a_kept_game_is_not_played_again(tmp_path: Path) -> None:
    game = Game("random", "cliff", "sequential", 0, 4)
    kept = tmp_path / "games.jsonl"
    kept.write_text(json.dumps([game, [0.5, 0.5, 0.5, 0.125]]) + "\n")
    other = game._replace(seed=1)
    played = play_all([game, other], 1, kept)
    assert played[game] == [0.5, 0.5, 0.5, 0.125]
    assert played == play_all([game, other], 1, kept)
    assert len(kept.read_text().splitlines()) == 2


def test_the_programme_prints_the_figures_of_what_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    only = "bayesian,clearml-optuna,hyperband,auto-without-gp"
    arguments = ["--json", "--trials", "8", "--seeds", "2", "--jobs", "1", "--only", only]
    main([*arguments, "--problems", "digits-network,cliff,cancer-network"])
    found = json.loads(capsys.readouterr().out)
    assert found["problems"] == ["cliff", "digits-network", "cancer-network"]
    assert found["seeds"] == [0, 1]
    everyone = {"random", "bayesian", "clearml-optuna", "auto-without-gp"}
    for part in (found, found["held_out"]):
        assert set(part["mean_rank"]) == set(part["trials_to_random_best"]) == everyone
        assert part["regret_ratio_to_random"]["random"] == {"sequential": 1.0, "parallel_4": 1.0}
        assert set(part["compute_saved"]) == {"clearml-optuna", "hyperband", "auto-without-gp"}
        assert part["compute_saved"]["clearml-optuna"] == 0.0


def test_the_programme_prints_tables_and_knows_its_names(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--trials", "5", "--seeds", "1", "--jobs", "1", "--only", "quasi-random", "--problems", "cliff"])
    assert "quasi-random" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["--only", "simulated-annealing"])
    assert "simulated-annealing: must be of random, optuna-tpe" in capsys.readouterr().err
