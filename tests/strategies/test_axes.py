"""The way from a parameter's values to a sampler's numbers and back."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from clearml_hpo_app.space.parameters import Discrete, Uniform
from clearml_hpo_app.space.values import value_key
from clearml_hpo_app.strategies.axes import axis_of
from clearml_hpo_app.strategies.study import distribution_of

WHOLE = st.integers(-(10**6), 10**6)
REAL = st.floats(-1e9, 1e9, allow_nan=False)


@st.composite
def ranges(draw: st.DrawFn) -> Uniform:
    low = draw(WHOLE | REAL)
    span: float = draw(st.integers(1, 10**6) | st.floats(0.001, 1e6))
    row: dict[str, Any] = {"min": low, "max": low + span}
    kind = draw(st.sampled_from(["plain", "step", "log"]))
    if kind == "step":
        row["step"] = draw(st.sampled_from([1, 0.1, 0.25, 3, 1e-3]).filter(lambda step: step <= span * 0.9))
    if kind == "log":
        row |= {"min": abs(low) + 1, "max": abs(low) + 1 + span, "scale": "log"}
    return Uniform(name="Args/x", **row)


def uniform(low: float, high: float, **more: Any) -> Uniform:
    return Uniform(name="Args/x", min=low, max=high, **more)


@settings(max_examples=300, deadline=None)
@given(ranges(), st.floats(0, 1, exclude_max=True))
def test_every_fraction_gives_a_value_of_the_range_that_has_a_coordinate(range_: Uniform, fraction: float):
    axis = axis_of(range_)
    value = axis.at_fraction(fraction)
    coordinate = axis.coordinate(value)
    assert range_.holds(value)
    assert coordinate is not None and axis.low <= coordinate <= axis.high
    assert value_key(axis.value(coordinate)) == value_key(value)


@settings(max_examples=200, deadline=None)
@given(ranges(), st.floats(-1e12, 1e12))
def test_whatever_a_sampler_proposes_becomes_a_value_of_the_range(range_: Uniform, raw: float):
    assert range_.holds(axis_of(range_).value(raw))


@settings(max_examples=100, deadline=None)
@given(ranges(), st.floats(0, 1, exclude_max=True))
def test_optuna_takes_every_coordinate_for_one_of_its_distribution(range_: Uniform, fraction: float):
    axis = axis_of(range_)
    distribution = distribution_of(axis)
    internal = distribution.to_internal_repr(axis.coordinate(axis.at_fraction(fraction)))
    assert distribution._contains(internal)


@pytest.mark.parametrize(
    ("parameter", "distribution"),
    [
        (uniform(0.0, 1.0), FloatDistribution(0.0, 1.0)),
        (uniform(1e-5, 0.1, scale="log"), FloatDistribution(1e-5, 0.1, log=True)),
        (uniform(0.1, 0.95, step=0.1), IntDistribution(0, 8)),
        (uniform(3, 9), IntDistribution(0, 6)),
        (uniform(1, 512, scale="log"), IntDistribution(1, 512, log=True)),
        (Discrete(name="A/x", values=[64, 16, 0.5]), IntDistribution(0, 2)),
        (Discrete(name="A/x", values=[1, True, "2"]), CategoricalDistribution((0, 1, 2))),
        (Discrete(name="A/x", values=[True, False]), CategoricalDistribution((0, 1))),
        (uniform(0, 2**60), FloatDistribution(0.0, 2.0**60)),
    ],
)
def test_each_kind_of_parameter_reaches_the_sampler_as_what_it_is(parameter: Any, distribution: Any):
    assert distribution_of(axis_of(parameter)) == distribution


def test_an_ordered_list_is_indexed_by_size_whatever_order_it_was_written_in():
    axis = axis_of(Discrete(name="A/x", values=[64, 16, 0.5]))
    assert [axis.value(place) for place in range(3)] == [0.5, 16, 64]


def test_each_value_of_a_list_has_the_same_share_of_the_axis():
    axis = axis_of(Discrete(name="A/x", values=["a", "b", "c"]))
    drawn = [axis.at_fraction(step / 300) for step in range(300)]
    assert [drawn.count(value) for value in ("a", "b", "c")] == [100, 100, 100]


def test_on_a_log_scale_each_order_of_magnitude_has_the_same_share():
    axis = axis_of(uniform(1e-4, 1.0, scale="log"))
    drawn = [math.floor(math.log10(float(axis.at_fraction((step + 0.5) / 400)))) for step in range(400)]
    assert [drawn.count(magnitude) for magnitude in (-4, -3, -2, -1)] == [100, 100, 100, 100]


def test_a_number_that_a_person_gave_has_its_place_on_a_continuous_axis_unrounded():
    axis = axis_of(uniform(0.0, 1.0))
    assert axis.coordinate(0.123456789012) == 0.123456789012
    assert axis.coordinate(1) == 1


@pytest.mark.parametrize("value", [0.123456789012, True, "0.1", None, 0.15, -0.1, math.nan, math.inf])
def test_a_value_off_the_grid_has_no_coordinate(value: Any):
    assert axis_of(uniform(0.1, 0.9, step=0.1)).coordinate(value) is None
