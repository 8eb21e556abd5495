"""The order of trials by their values."""

import itertools
import math
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from clearml_hpo_app.objective import Objective, dominates, pareto_front, pareto_fronts, ranking

LOSS = Objective(title="validation", series="loss", trend="min")
ACCURACY = Objective(title="validation", series="accuracy")
BOTH = (LOSS, ACCURACY)
THREE = (LOSS, ACCURACY, Objective(title="validation", series="size", trend="min"))
FOUR = (*THREE, Objective(title="validation", series="seconds", trend="min"))
FEW = st.integers(0, 5).map(float)
VALUES = st.lists(st.tuples(FEW, FEW), max_size=20)
POINTS = st.one_of(
    st.tuples(st.just(BOTH), VALUES),
    st.tuples(st.just(THREE), st.lists(st.tuples(FEW, FEW, FEW), max_size=20)),
    st.tuples(st.just(FOUR), st.lists(st.tuples(FEW, FEW, FEW, FEW), max_size=20)),
    st.tuples(st.just((ACCURACY,)), st.lists(st.tuples(FEW), max_size=20)),
)


def fronts_by_definition(values: list[Any], objectives: Any) -> list[list[int]]:
    """Take away those that nobody left dominates, again and again."""
    left, fronts = list(range(len(values))), []
    while left:
        fronts.append([at for at in left if not any(dominates(values[by], values[at], objectives) for by in left)])
        left = [at for at in left if at not in fronts[-1]]
    return fronts


def test_more_is_better_unless_told_otherwise():
    assert ACCURACY.better(2.0, 1.0) and not ACCURACY.better(1.0, 1.0)
    assert LOSS.better(1.0, 2.0) and not LOSS.better(2.0, 2.0)
    assert (ACCURACY.best([1.0, 3.0]), LOSS.best([1.0, 3.0])) == (3.0, 1.0)


def test_the_name_is_title_and_series_without_the_spaces_around_them():
    assert Objective(title=" validation ", series=" loss").name == "validation/loss"


@pytest.mark.parametrize("row", [{"title": " ", "series": "s"}, {"title": "t"}, {"title": "t", "series": ""}])
def test_an_objective_names_a_metric(row: dict[str, Any]):
    with pytest.raises(ValidationError, match=r"title|series"):
        Objective(**row)


def test_trials_are_ranked_by_the_trend_and_ties_keep_their_order():
    values = [(2.0,), (1.0,), (2.0,), (3.0,)]
    assert ranking(values, (ACCURACY,)) == [3, 0, 2, 1]
    assert ranking(values, (LOSS,)) == [1, 0, 2, 3]


def test_to_dominate_is_to_be_better_in_one_and_worse_in_none():
    assert dominates((1.0, 2.0), (1.0, 1.0), BOTH)
    assert not dominates((1.0, 1.0), (1.0, 1.0), BOTH)
    assert not dominates((1.0, 1.0), (2.0, 2.0), BOTH)


def test_fronts_come_before_the_first_objective():
    values = [(3.0, 1.0), (1.0, 1.0), (2.0, 9.0), (3.0, 9.0)]
    assert pareto_fronts(values, BOTH) == [[1, 2], [0, 3]] or pareto_fronts(values, BOTH) == [[1, 2], [3], [0]]
    assert ranking(values, BOTH)[:2] == [1, 2]


@settings(max_examples=100, deadline=None)
@given(VALUES)
def test_nobody_in_a_front_is_dominated_by_the_same_or_a_later_front(values: list[tuple[float, float]]):
    fronts = pareto_fronts(values, BOTH)
    assert sorted(index for front in fronts for index in front) == list(range(len(values)))
    for place, front in enumerate(fronts):
        later = [index for other in fronts[place:] for index in other]
        assert not any(dominates(values[other], values[mine], BOTH) for mine in front for other in later)
    for before, front in itertools.pairwise(fronts):
        assert all(any(dominates(values[up], values[mine], BOTH) for up in before) for mine in front)


@settings(max_examples=200, deadline=None)
@given(POINTS)
def test_fronts_are_what_the_definition_says_in_the_order_of_the_values(case: tuple[Any, list[Any]]):
    objectives, values = case
    expected = fronts_by_definition(values, objectives)
    assert pareto_fronts(values, objectives) == expected
    assert pareto_front(values, objectives) == (expected[0] if expected else [])


@pytest.mark.parametrize("objectives", [BOTH, THREE, FOUR])
@pytest.mark.parametrize("is_front", [False, True], ids=["anything", "all of them on the front"])
def test_ten_thousand_trials_are_ranked(objectives: tuple[Objective, ...], is_front: bool):
    chance = random.Random(1)
    values = [tuple(goal.sign * chance.random() for goal in objectives) for _ in range(10_000)]
    if is_front:
        values = [tuple(value / math.fsum(map(abs, point)) for value in point) for point in values]
    front, ranked = pareto_front(values, objectives), ranking(values, objectives)
    assert set(ranked[: len(front)]) == set(front)
    assert sorted(ranked) == list(range(10_000))


def test_no_trials_have_no_order():
    assert (ranking([], (LOSS,)), ranking([], BOTH), pareto_fronts([], BOTH)) == ([], [], [])
