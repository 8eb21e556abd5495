"""Ranges and lists: what they hold, and that a trial receives exactly what is shown."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from clearml_hpo_app.space.parameters import Discrete, Fixed, Uniform
from clearml_hpo_app.space.uniform import LARGEST
from clearml_hpo_app.space.values import from_text, same_value, to_text

NUMBERS = st.integers(-(10**6), 10**6) | st.floats(-1e9, 1e9)


def uniform(low: Any, high: Any, **more: Any) -> Uniform:
    return Uniform(name="Args/x", min=low, max=high, **more)


def discrete(*values: Any) -> Discrete:
    return Discrete(name="Args/x", values=values)


@st.composite
def continuous(draw: st.DrawFn) -> Uniform:
    if draw(st.booleans()):
        low = draw(st.floats(1e-12, 1e6))
        return uniform(low, low * draw(st.floats(1.001, 1e9)), scale="log", integer=False)
    low = draw(NUMBERS)
    return uniform(low, low + draw(st.floats(0.001, 1e6)), integer=False)


@st.composite
def grids(draw: st.DrawFn) -> Uniform:
    low, step = draw(NUMBERS), draw(st.integers(1, 50) | st.floats(1e-3, 50))
    return uniform(low, low + step * draw(st.integers(2, 1_000)) * 1.001, step=step)


def tenths_or_hundredths() -> st.SearchStrategy[tuple[Decimal, Decimal]]:
    """Minimums and steps with one and with two decimals."""
    return st.sampled_from([1, 2]).flatmap(
        lambda places: st.tuples(
            st.integers(-300, 300).map(lambda number: Decimal(number).scaleb(-places)),
            st.integers(1, 300).map(lambda number: Decimal(number).scaleb(-places)),
        )
    )


@settings(max_examples=300, deadline=None)
@given(continuous(), st.floats(0, 1))
def test_a_continuous_value_is_in_range_and_the_script_receives_what_is_shown(range_: Uniform, fraction: float):
    raw = min(range_.min + fraction * (range_.max - range_.min), range_.max)
    value = range_.nearest(raw)
    assert range_.min <= value <= range_.max
    assert isinstance(value, float)
    assert range_.holds(value)
    assert same_value(from_text(to_text(value)), value)
    assert abs(value - raw) <= max(1e-5 * abs(raw if range_.scale == "log" else raw - range_.min), 1e-6)


@settings(max_examples=200, deadline=None)
@given(grids(), st.floats(0, 1))
def test_steps_land_on_the_grid_and_the_last_one_is_at_most_the_maximum(range_: Uniform, fraction: float):
    assert range_.count is not None and range_.step is not None
    index = int(fraction * (range_.count - 1))
    value = range_.at(index)
    assert range_.min <= value <= range_.at(range_.count - 1) <= range_.max
    assert same_value(range_.nearest(value), value)
    assert range_.index(value) == index
    exact = Decimal(repr(range_.min)) + index * Decimal(repr(range_.step))
    assert value == (int(exact) if range_.is_integer else float(exact))


def test_a_step_of_a_tenth_shows_no_dust():
    range_ = uniform(0.1, 0.95, step=0.1)
    assert [range_.at(index) for index in range(range_.count or 0)] == [
        0.1,
        0.2,
        0.3,
        0.4,
        0.5,
        0.6,
        0.7,
        0.8,
        0.9,
    ]


@settings(deadline=None)
@given(tenths_or_hundredths(), st.integers(1, 12))
def test_so_many_steps_above_the_minimum_end_at_the_maximum(numbers: tuple[Decimal, Decimal], steps: int):
    low, step = numbers
    points = [float(low + step * index) for index in range(steps + 1)]
    range_ = uniform(points[0], points[-1], step=float(step))
    assert [range_.at(index) for index in range(range_.count or 0)] == points
    assert [range_.index(value) for value in points] == list(range(steps + 1))
    assert all(range_.holds(value) and range_.nearest(value) == value for value in points)


def test_a_refused_step_is_told_with_the_range_as_it_is_written():
    with pytest.raises(ValidationError) as refused:
        uniform(0.1, 0.3, step=0.3)
    (problem,) = refused.value.errors()[0]["ctx"]["problems"]
    assert problem == ("have a step no larger than max - min", "step 0.3 in a range of 0.2", "")


def test_a_continuous_value_keeps_six_digits_of_the_distance_from_the_minimum():
    assert uniform(0.1, 1.0).nearest(0.1 + 0.2) == 0.3
    assert uniform(1000.0, 1001.0).nearest(1000.123456789) == 1000.123457
    assert uniform(1e-6, 1.0, scale="log").nearest(1.23456789e-5) == 1.23457e-5


@settings(max_examples=200, deadline=None)
@given(
    low=st.floats(1e-12, 1e15),
    width=st.floats(1e-9, 1e3),
    scale=st.sampled_from(["linear", "log"]),
    fractions=st.lists(st.integers(0, 100), min_size=2, max_size=20, unique=True),
)
def test_however_narrow_a_continuous_range_is_its_hundredths_are_different_values(
    low: float, width: float, scale: str, fractions: list[int]
):
    range_ = uniform(low, low + width * low, scale=scale, integer=False)
    parts = [part / 100 for part in fractions]
    points = [low * (1 + width) ** part if scale == "log" else low + width * low * part for part in parts]
    assert len({range_.nearest(point) for point in points}) == len(points)


@pytest.mark.parametrize(
    ("raw", "value"), [(-1.0, 0.1234567891), (0.99, 0.9876543219), (0.9876543219, 0.9876543219)]
)
def test_the_ends_of_a_range_are_values_with_all_their_digits(raw: float, value: float):
    range_ = uniform(0.1234567891, 0.9876543219)
    assert range_.nearest(raw) == value
    assert range_.holds(value)


@pytest.mark.parametrize(
    ("row", "is_integer", "count"),
    [
        ({"min": 1, "max": 9}, True, 9),
        ({"min": 1, "max": 9, "step": 3}, True, 3),
        ({"min": "1", "max": "9"}, True, 9),
        ({"min": 1, "max": 9, "step": 0.5}, False, 17),
        ({"min": 1.0, "max": 9}, False, None),
        ({"min": 1.0, "max": 9.0, "integer": True}, True, 9),
        ({"min": 1, "max": 9, "integer": False}, False, None),
        ({"min": 1, "max": 9, "scale": "log"}, True, 9),
        ({"min": "1e-5", "max": "1e-1", "scale": "log"}, False, None),
        ({"min": 1, "max": 9, "step": ""}, True, 9),
    ],
)
def test_a_range_is_of_integers_when_all_its_numbers_are(row: dict[str, Any], is_integer: bool, count: int | None):
    range_ = Uniform(name="Args/x", **row)
    assert (range_.is_integer, range_.count) == (is_integer, count)
    assert isinstance(range_.nearest(5), int) is is_integer


@pytest.mark.parametrize("value", [0.15, 1, True, "0.1", None, float("nan"), float("inf"), 2.0])
def test_a_value_off_the_grid_or_of_another_type_is_not_held(value: Any):
    assert not uniform(0.0, 1.0, step=0.1).holds(value)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"min": 1, "max": 1}, "have min below max"),
        ({"min": 2, "max": 1.5}, "min 2 and max 1.5"),
        ({"min": 0, "max": 1, "step": 0}, "step above 0"),
        ({"min": 0, "max": 1, "step": 1.5}, "step no larger than max - min"),
        ({"min": 1e9, "max": 2e9, "step": 1e-9}, "floats of its range can tell apart"),
        ({"min": 1.0, "max": 1.0000000000000004}, "wide enough for floats to tell 1000 values in it apart"),
        ({"min": 1e15, "max": 1e15 + 50, "scale": "log", "integer": False}, "wide enough for floats"),
        ({"min": 0, "max": 1, "scale": "log"}, "min above 0 with scale log"),
        ({"min": 1, "max": 9, "step": 2, "scale": "log"}, "no step with scale log"),
        ({"min": 0.5, "max": 9, "integer": True}, "integers as min, max and step"),
        ({"min": True, "max": 9}, "a finite number"),
        ({"min": "wide", "max": 9}, "a finite number"),
        ({"min": None, "max": 9}, "a finite number"),
        ({"min": float("nan"), "max": 9}, "a finite number"),
        ({"min": 0, "max": float("inf")}, "a finite number between -1e.50 and 1e.50"),
        ({"min": 0, "max": 10**400}, "a finite number between -1e.50 and 1e.50"),
    ],
)
def test_a_range_that_cannot_be_is_refused_with_what_must_hold(row: dict[str, Any], sentence: str):
    with pytest.raises(ValidationError) as refused:
        Uniform(name="Args/x", **row)
    problems = [str(problem) for error in refused.value.errors() for problem in error["ctx"]["problems"]]
    assert any(sentence.replace("e.50", "e+50") in problem for problem in problems)


def test_the_largest_range_is_exact():
    range_ = uniform(-int(LARGEST), int(LARGEST))
    assert range_.count == 2 * int(LARGEST) + 1
    assert range_.index(range_.at(10**49 + 7)) == 10**49 + 7


@pytest.mark.parametrize("name", ["lr", "/lr", "Args/", " "])
def test_a_name_has_a_section(name: str):
    with pytest.raises(ValidationError, match="name"):
        Fixed(name=name, value=1)


def test_the_section_is_what_stands_before_the_first_slash():
    parameter = Fixed(name="Hydra/model.a/b", value=1)
    assert (parameter.section, parameter.key) == ("Hydra", "model.a/b")


def test_a_list_of_numbers_is_ordered_by_size_and_any_other_as_given():
    assert discrete(3, 0.5, 10**400, 1).ordered == (0.5, 1, 3, 10**400)
    assert discrete("b", "a").ordered == ("b", "a")
    assert [discrete(True, False).is_ordered, discrete(1, None).is_ordered] == [False, False]


def test_every_value_of_a_list_is_found_under_its_own_type():
    values = discrete(1, 2.0, True, "3", None)
    found = [values.at(values.index(value)) for value in (1, 2.0, True, "3", None)]
    assert list(map(type, found)) == [int, float, bool, str, type(None)]


def test_texts_that_look_like_one_number_stay_two_values():
    assert discrete("1.1", "1.10").count == 2


def test_a_list_may_be_written_with_commas():
    assert Discrete(name="Args/x", values="16, 32, adam").values == (16, 32, "adam")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ([1, 1], "every value once"),
        ([1, 1.0], "every value once"),
        ([5, "5"], "every value once"),
        ([True, "True"], "every value once"),
        ([None, ""], "every value once"),
        ([1], "at least two different values"),
        ("", "at least two different values"),
        ("a,,b", "have a value before and after every comma', \"'a,,b'\""),
        ([1, float("inf")], "a finite number"),
        ([1, [2]], "a number, a text, true, false or nothing"),
    ],
)
def test_a_list_that_cannot_be_is_refused_with_what_must_hold(values: Any, sentence: str):
    with pytest.raises(ValidationError) as refused:
        Discrete(name="Args/x", values=values)
    problems = [str(problem) for error in refused.value.errors() for problem in error["ctx"]["problems"]]
    assert any(sentence in problem for problem in problems)
