"""The order of trials by their values."""

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from clearml_hpo_app.objective import Objective, dominates, pareto_fronts, ranking

LOSS = Objective(title="validation", series="loss", trend="min")
ACCURACY = Objective(title="validation", series="accuracy")
BOTH = (LOSS, ACCURACY)
VALUES = st.lists(st.tuples(st.integers(0, 5).map(float), st.integers(0, 5).map(float)), max_size=20)


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


def test_no_trials_have_no_order():
    assert (ranking([], (LOSS,)), ranking([], BOTH), pareto_fronts([], BOTH)) == ([], [], [])
