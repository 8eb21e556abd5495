"""The SDK's own ranges, objects and stored forms, as parameters of a configuration."""

import random
from decimal import Decimal
from typing import Any

import pytest
from clearml.automation import (
    DiscreteParameterRange,
    LogUniformParameterRange,
    ParameterSet,
    UniformIntegerParameterRange,
    UniformParameterRange,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.errors import InvalidConfig, UsageError
from clearml_hpo_app.space.sdk_ranges import Translated, translate
from clearml_hpo_app.space.search_space import SearchSpace


def config(*ranges: object, **fields: Any) -> HpoConfig:
    varied = {"type": "uniform", "name": "Args/other", "min": 0, "max": 9}
    settings = {"method": "random", **fields}
    return HpoConfig(
        base_task_id="base", objectives=[{"title": "a", "series": "b"}], parameters=[*ranges, varied], **settings
    )


def row(entry: object, **options: Any) -> dict[str, Any]:
    found = translate([entry], **options)
    (only,) = found.rows
    return {name: value for name, value in only.items() if name != "name"}


def lost(entry: object) -> list[str]:
    return translate([entry]).lost


class OwnRange(UniformParameterRange):  # type: ignore[misc]
    """Somebody's own class, derived from the SDK's."""


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (UniformParameterRange("A/x", 0, 1), {"type": "uniform", "min": 0.0, "max": 1.0}),
        (OwnRange("A/x", 0, 1), {"type": "uniform", "min": 0.0, "max": 1.0}),
        (UniformParameterRange("A/x", 0, 1, 0.25), {"type": "uniform", "min": 0.0, "max": 1.0, "step": 0.25}),
        (
            UniformParameterRange("A/x", 0, 1, 0.25, False),
            {"type": "uniform", "min": 0.0, "max": 0.75, "step": 0.25},
        ),
        (UniformParameterRange("A/x", 0, 1, 0.3, False), {"type": "uniform", "min": 0.0, "max": 0.9, "step": 0.3}),
        (
            UniformParameterRange("A/x", 0.1, 0.5, 0.2, False),
            {"type": "uniform", "min": 0.1, "max": 0.3, "step": 0.2},
        ),
        (UniformParameterRange("A/x", 2, 2), {"type": "fixed", "value": 2.0}),
        (UniformIntegerParameterRange("A/x", 1, 9), {"type": "uniform", "min": 1, "max": 9}),
        (UniformIntegerParameterRange("A/x", 1, 9, 2), {"type": "uniform", "min": 1, "max": 9, "step": 2}),
        (UniformIntegerParameterRange("A/x", 1, 9, 1, False), {"type": "uniform", "min": 1, "max": 8}),
        (LogUniformParameterRange("A/x", -5, -1), {"type": "uniform", "min": 1e-5, "max": 0.1, "scale": "log"}),
        (
            LogUniformParameterRange("A/x", 1, 3, base=2, step_size=1),
            {"type": "discrete", "values": [2.0, 4.0, 8.0]},
        ),
        (
            DiscreteParameterRange("A/x", [1, "a", None, True]),
            {"type": "discrete", "values": [1, "a", None, True]},
        ),
        (DiscreteParameterRange("A/x", [30]), {"type": "fixed", "value": 30}),
    ],
)
def test_every_range_means_the_same_as_an_object_and_as_the_sdk_stores_it(
    entry: Any, expected: dict[str, Any]
) -> None:
    assert row(entry) == expected
    if type(entry) is not OwnRange:
        assert row(entry.to_dict()) == expected


def test_integers_stay_integers_and_numbers_numbers() -> None:
    given = config(UniformParameterRange("A/x", 0, 1), UniformIntegerParameterRange("A/y", 0, 4))
    assert [parameter.is_integer for parameter in given.space.varied[:2]] == [False, True]


def test_the_sdks_grid_divides_a_range_without_a_step_into_a_hundred() -> None:
    given = config(UniformParameterRange("A/x", 0, 1), method="grid")
    assert given.space.varied[0].count == 101
    with pytest.raises(InvalidConfig, match="be finite for method grid"):
        config({"type": "uniform", "name": "A/x", "min": 0.0, "max": 1.0}, method="grid")


def test_a_set_of_parameters_stays_together_and_ranges_in_it_are_listed() -> None:
    combinations = ParameterSet(
        [
            {"A/x": 1, "A/y": DiscreteParameterRange("A/y", ["p", "q"])},
            {"A/x": 2, "A/y": UniformIntegerParameterRange("A/y", 5, 6)},
        ]
    )
    values = [("p", 1), ("q", 1), (5, 2), (6, 2)]
    assert row(combinations) == {"type": "set", "combinations": [{"A/x": x, "A/y": y} for y, x in values]}
    assert config(combinations).space.varied[0].count == 4
    assert row(combinations.to_dict())["type"] == "set"


def test_a_set_of_one_combination_is_fixed() -> None:
    found = translate([ParameterSet([{"A/x": 1, "A/y": "a"}])])
    assert [(entry["type"], entry["name"], entry["value"]) for entry in found.rows] == [
        ("fixed", "A/x", 1),
        ("fixed", "A/y", "a"),
    ]


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        (DiscreteParameterRange("x", [1, 2]), "The parameter x had no section: it is General/x now"),
        (DiscreteParameterRange("A/x", [1, 2, 2]), "Values that stood twice in the list of A/x"),
        (DiscreteParameterRange("A/x", [[1, 2], 3]), "A value of A/x is a list: the script gets its text"),
        (
            UniformParameterRange("A/x", 0, 1, 0.3),
            "The maximum 1.0 of A/x is not reached from its minimum 0.0 in steps of 0.3: the largest value tried "
            "is 0.9.",
        ),
        (
            UniformIntegerParameterRange("A/x", 1, 6, 2),
            "The maximum 6 of A/x is not reached from its minimum 1 in steps of 2: the largest value tried is 5.",
        ),
        (
            ParameterSet([{"A/x": UniformParameterRange("A/x", 0, 1)} for _ in range(200)]),
            "Of a set of parameters only the first 10000 combinations are tried.",
        ),
    ],
)
def test_what_changes_is_said(entry: object, sentence: str) -> None:
    assert any(told.startswith(sentence) for told in lost(entry))


@pytest.mark.parametrize("has_maximum", [True, False])
def test_a_range_that_is_upside_down_is_refused_with_the_numbers_that_were_given(has_maximum: bool) -> None:
    entry = UniformIntegerParameterRange("A/x", 6, 1, 2, include_max_value=has_maximum)
    assert lost(entry) == []
    with pytest.raises(InvalidConfig, match="must have min below max, but got min 6 and max 1"):
        config(entry)


def test_a_stored_range_that_lacks_a_number_is_refused_in_a_sentence() -> None:
    with pytest.raises(UsageError, match="must have the fields of the SDK's class"):
        translate([{"type": "UniformParameterRange", "name": "A/x", "min_value": "much"}])


def test_parameters_of_ours_are_left_as_they_are() -> None:
    own = {"type": "fixed", "name": "A/x", "value": 1}
    assert translate([own, "nonsense"]) == Translated([own, "nonsense"], [])  # type: ignore[list-item]


@settings(deadline=None)
@given(st.sampled_from([1, 2]), st.integers(-300, 300), st.integers(1, 300), st.integers(1, 12), st.booleans())
def test_no_point_of_a_range_with_decimals_is_lost(
    places: int, least: int, step: int, steps: int, has_maximum: bool
) -> None:
    points = [float(Decimal(least + step * index).scaleb(-places)) for index in range(steps + 1)]
    entry = UniformParameterRange(
        "A/x", points[0], points[-1], float(Decimal(step).scaleb(-places)), include_max_value=has_maximum
    )
    found = config(entry).space
    expected = points if has_maximum else points[:-1]
    if len(expected) == 1:
        assert found.fixed["A/x"] == expected[0]
    else:
        assert [found.varied[0].at(index) for index in range(found.varied[0].count or 0)] == expected
    assert lost(entry) == []


@settings(deadline=None)
@given(st.integers(-99, 99), st.integers(1, 99))
def test_a_grid_of_a_range_without_a_step_has_both_ends(tenths: int, span: int) -> None:
    entry = UniformParameterRange("A/x", tenths / 10, (tenths + span) / 10)
    found = config(entry, method="grid").space.varied[0]
    assert (found.at(0), found.count) == (tenths / 10, 101)
    assert found.at(100) == (tenths + span) / 10


steps = st.sampled_from([None, 0.1, 0.25, 1.0, 3.0])


@settings(deadline=None)
@given(st.integers(-50, 50), st.integers(1, 50), steps, st.booleans(), st.integers(0, 2**32))
def test_what_the_sdk_samples_is_a_value_of_ours(low: int, span: int, step: Any, whole: bool, seed: int) -> None:
    """Each value that the SDK's random search would give is one that our range can give, up to rounding."""
    if whole:
        entry = UniformIntegerParameterRange("A/x", low, low + span, int(step or 1) or 1)
    else:
        entry = UniformParameterRange("A/x", low, low + span, step if step and step < span else None)
    entry._random = random.Random(seed)
    (sampled,) = entry.get_value().values()
    given = config(entry)
    parameter = SearchSpace(given.parameters).varied[0]
    if parameter.name == "Args/other":  # the step is larger than the range
        assert given.space.fixed["A/x"] == low
    elif not whole or sampled <= low + span:  # with a step the SDK passes its own maximum by up to one
        assert abs(float(parameter.nearest(sampled)) - sampled) <= 1e-5 * span + 1e-9
