"""The search space as a whole."""

import random
from typing import Any

import pytest

from clearml_hpo_app.errors import SpaceExhausted
from clearml_hpo_app.space.parameters import Discrete, Fixed, Uniform
from clearml_hpo_app.space.search_space import SearchSpace, names_used_twice

SPACE = SearchSpace(
    (
        Uniform(name="Args/a", min=1, max=3),
        Fixed(name="Args/f", value=None),
        Discrete(name="Args/c", values=("x", 1, True)),
        Uniform(name="Args/s", min=0.0, max=0.3, step=0.1),
    )
)
OPEN = SearchSpace((Uniform(name="Args/a", min=0.0, max=1.0), Uniform(name="Args/b", min=0, max=1)))


def test_a_finite_space_has_as_many_points_as_its_parameters_have_combinations():
    assert SPACE.size == 3 * 3 * 4
    assert len({SPACE.index(SPACE.point(index)) for index in range(36)}) == 36


def test_a_space_with_a_continuous_parameter_has_no_size():
    assert OPEN.size is None
    assert OPEN.continuous == ("Args/a",)


def test_a_point_has_all_parameters_in_order_and_the_last_one_changes_fastest():
    assert list(SPACE.point(0).items()) == [("Args/a", 1), ("Args/f", None), ("Args/c", "x"), ("Args/s", 0.0)]
    assert SPACE.point(1)["Args/s"] == 0.1
    assert SPACE.point(35) == {"Args/a": 3, "Args/f": None, "Args/c": True, "Args/s": 0.3}


def test_the_index_of_every_point_leads_back_to_it():
    assert [SPACE.index(SPACE.point(index)) for index in range(36)] == list(range(36))


@pytest.mark.parametrize(
    "change",
    [{"Args/a": 4}, {"Args/a": 1.0}, {"Args/a": True}, {"Args/c": 1.0}, {"Args/s": 0.15}, {"Args/s": None}],
)
def test_values_that_the_space_cannot_produce_are_not_contained(change: dict[str, Any]):
    assert not SPACE.contains({**SPACE.point(0), **change})
    assert SPACE.index({**SPACE.point(0), **change}) is None


def test_a_parameter_set_without_a_varied_parameter_is_not_contained():
    assert not SPACE.contains({"Args/a": 1, "Args/c": "x"})


def test_other_fixed_values_and_other_names_do_not_matter():
    assert SPACE.contains({**SPACE.point(0), "Args/f": 9, "Args/other": 1})


def test_no_point_of_an_open_space_has_an_index():
    assert OPEN.index({"Args/a": 0.5, "Args/b": 1}) is None


def test_each_unseen_point_is_picked_as_often_as_the_next():
    rng, seen = random.Random(0), set(range(0, 36, 2))
    picked = [SPACE.random_unseen(seen, rng) for _ in range(3_600)]
    assert all(120 < picked.count(index) < 280 for index in range(1, 36, 2))
    assert not seen & set(picked)


def test_the_last_point_is_found():
    assert SPACE.random_unseen(set(range(36)) - {17}, random.Random(0)) == 17


def test_there_is_no_unseen_point_when_all_were_seen():
    with pytest.raises(SpaceExhausted, match="All 36 points of the search space were tried"):
        SPACE.random_unseen(set(range(36)), random.Random(0))


def test_names_used_twice_are_told_sorted():
    assert names_used_twice(["b", "a", "b", "c", "a"]) == ["a", "b"]
