"""Our form and `HpoConfig`: the one from the other and back, and violations beside their fields."""

from typing import Any

import pytest
from form_builders import our_form
from hypothesis import given, settings
from hypothesis import strategies as st

from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.errors import InvalidConfig, Violation
from clearml_hpo_app.space.parameters import Fixed
from clearml_hpo_app.space.values import Value, split_values, to_text
from clearml_hpo_app.web.form import Values, defaults, to_config, to_values
from clearml_hpo_app.web.form.places import EVERYWHERE, place_of, violations_by_place
from clearml_hpo_app.web.form.settings import join_values
from clearml_hpo_app.web.form.showing import places

SCALARS: st.SearchStrategy[Value] = (
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9) | st.text(max_size=10)
)
NAMES = st.sampled_from(["Args/lr", "General/a", "Hydra/a.b.c", "Args/with (round) brackets", "Args/x.min"])
UNIFORM = st.builds(
    lambda low, span, scale, whole: {
        "type": "uniform",
        "min": int(low) if whole else low,
        "max": int(low + span) if whole else low + span,
        "scale": scale,
    },
    st.floats(1, 100),
    st.floats(2, 100),
    st.sampled_from(["linear", "log"]),
    st.booleans(),
)
FIXED = SCALARS.map(lambda value: {"type": "fixed", "value": value})
DISCRETE = st.lists(st.integers(0, 99), min_size=2, max_size=5, unique=True).map(
    lambda values: {"type": "discrete", "values": values}
)


@st.composite
def configurations(draw: st.DrawFn) -> HpoConfig:
    names = draw(st.lists(NAMES, min_size=2, max_size=5, unique=True))
    kinds = [draw(UNIFORM | DISCRETE), *(draw(UNIFORM | DISCRETE | FIXED) for _ in names[1:])]
    optional = st.none() | st.integers(1, 99)
    return HpoConfig.model_validate(
        {
            "base_task_id": "base",
            "method": draw(st.sampled_from(["auto", "random", "bayesian"])),
            "objectives": [{"title": "t", "series": "s", "value": draw(st.sampled_from(["last", "best"]))}],
            "parameters": [{"name": name, **kind} for name, kind in zip(names, kinds, strict=True)],
            "title": draw(st.sampled_from(["", "a name", "größer"])),
            "limits": {"total_tasks": draw(optional), "task_minutes": draw(st.none() | st.floats(0.1, 99))},
            "trial": {"tags": draw(st.lists(st.sampled_from(["a", "b, c", '"q"']), unique=True))},
            "seed": draw(optional),
        }
    )


def as_scripts_get_it(config: HpoConfig) -> dict[str, Any]:
    """A fixed value reaches the script as text, whatever its type is; all else must be the same."""
    fields = config.model_dump()
    for row in fields["parameters"]:
        if row["type"] == "fixed":
            row["value"] = to_text(row["value"]).strip()
    return fields


@settings(deadline=None)
@given(config=configurations())
def test_a_configuration_that_fills_the_form_is_the_one_that_it_launches(config: HpoConfig) -> None:
    form = our_form()
    again = to_config(form, to_values(form, config))
    assert as_scripts_get_it(again) == as_scripts_get_it(config)


@given(values=st.lists(SCALARS, min_size=1, max_size=5))
def test_a_list_of_values_reads_back_with_its_types(values: list[Value]) -> None:
    if all(not isinstance(value, str) or value == value.strip() for value in values):
        assert [repr(value) for value in split_values(join_values(values))] == [repr(value) for value in values]


def test_combinations_fill_their_field_as_text_that_is_read_back() -> None:
    form = our_form()
    row = {"type": "set", "combinations": [{"Args/a": 1, "Args/b": "x"}, {"Args/a": 2.5}]}
    config = HpoConfig.model_validate(
        {"base_task_id": "b", "objectives": [{"title": "t", "series": "s"}], "parameters": [row]}
    )
    values = to_values(form, config)
    assert values["parameters"][0]["combinations"] == '- {"Args/a": 1, "Args/b": "x"}\n- {"Args/a": 2.5}'
    assert to_config(form, values) == config


def found(values: Values) -> dict[str, list[str]]:
    form = our_form()
    with pytest.raises(InvalidConfig) as caught:
        to_config(form, values)
    return violations_by_place(form, values, caught.value.violations)


def test_an_untouched_form_says_of_each_field_what_is_missing() -> None:
    assert found(defaults(our_form())) == {
        path: ["Must be given."]
        for path in [
            "base_task_id",
            "objectives.0.title",
            "objectives.0.series",
            "parameters.0.name",
            "parameters.0.min",
            "parameters.0.max",
        ]
    }


def test_a_fixed_value_may_be_the_empty_text() -> None:
    values = to_values(our_form(), HpoConfig(**minimal()))
    values["parameters"] = [*values["parameters"], {"type": "fixed", "name": "Args/note", "value": ""}]
    assert to_config(our_form(), values).parameters[-1] == Fixed(name="Args/note", value="")
    assert violations_by_place(our_form(), values, []) == {}


def test_each_violation_stands_beside_its_field() -> None:
    values = defaults(our_form())
    name = "Hydra/a.b (c).min"
    row = {"type": "uniform", "name": name, "min": "5", "max": "many", "scale": "linear"}
    values |= {
        "base_task_id": "x",
        "job_title": "ab",
        "total_tasks": "-1",
        "seed": "x",
        "objectives": [{"title": "t", "series": "s", "trend": "max", "objective_value": "worst"}],
        "parameters": [row],
    }
    told = found(values)
    assert set(told) == {"job_title", "total_tasks", "seed", "objectives.0.objective_value", "parameters.0.max"}
    assert told["total_tasks"] == ["Must be at least 1, but got '-1'."]


def test_what_holds_between_fields_stands_where_it_can_be_changed() -> None:
    values = to_values(our_form(), HpoConfig(**minimal()))
    assert "be finite for method grid" in found({**values, "method": "grid"})["parameters.0"][0]
    twice = {**values, "parameters": [values["parameters"][0]] * 2}
    assert "name every parameter once" in found(twice)["parameters"][0]


def test_combinations_that_cannot_be_read_are_told_at_the_list() -> None:
    values = to_values(our_form(), HpoConfig(**minimal()))
    values["parameters"] = [{"type": "set", "name": "", "combinations": "{"}]
    assert "parameters" in found(values)


@given(path=st.text(max_size=20) | st.from_regex(r"(parameters|objectives)\.[0-9](\.[a-z]+)?", fullmatch=True))
def test_every_path_leads_somewhere_in_the_form(path: str) -> None:
    values = defaults(our_form())
    place, _ = place_of(our_form(), values, path)
    tops = {entry.name for entry in our_form().fields()}
    assert place == EVERYWHERE or place.split(".")[0] in tops


def test_a_violation_of_no_field_is_told_for_the_whole_form() -> None:
    told = violations_by_place(our_form(), defaults(our_form()), [Violation("configuration", "be a group", "x")])
    assert "be a group" in told[EVERYWHERE][0]


def test_fields_of_other_types_of_parameters_are_not_shown() -> None:
    values = to_values(our_form(), HpoConfig(**minimal()))
    paths = {place.path for place in places(our_form(), values)}
    assert {"parameters.0.min", "parameters.0.step"} <= paths
    assert "parameters.0.values" not in paths


def minimal() -> dict[str, Any]:
    return {
        "base_task_id": "base",
        "objectives": [{"title": "t", "series": "s"}],
        "parameters": [{"type": "uniform", "name": "Args/lr", "min": 0.1, "max": 1.0}],
    }
