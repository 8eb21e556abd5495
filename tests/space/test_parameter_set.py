"""Sets: parameters that vary together, tried as one parameter whose values are the combinations' texts."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearml_hpo_app.clearml_api.base_task import BaseTask
from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.config.task_settings import from_task, to_configuration_objects, to_hyperparameters
from clearml_hpo_app.controller.acting.orders import OrderBook
from clearml_hpo_app.errors import InvalidConfig

TWO = [{"Args/lr": 0.1, "Args/momentum": 0.9}, {"Args/lr": 0.01, "General/steps": 3}]


def config(*parameters: dict[str, Any], method: str = "grid") -> HpoConfig:
    return HpoConfig(
        base_task_id="base", objectives=[{"title": "a", "series": "b"}], parameters=parameters, method=method
    )


def with_set(*combinations: dict[str, Any], **fields: Any) -> HpoConfig:
    return config({"type": "set", "combinations": list(combinations), **fields})


def test_a_set_is_one_parameter_whose_values_name_the_combinations() -> None:
    space = with_set(*TWO).space
    assert space.size == 2
    assert [space.point(index) for index in range(2)] == [
        {"Args/lr + momentum + General/steps": "lr=0.1, momentum=0.9"},
        {"Args/lr + momentum + General/steps": "lr=0.01, steps=3"},
    ]


def test_the_script_gets_the_parameters_of_the_combination_and_what_it_leaves_out_stays() -> None:
    given = with_set(*TWO)
    entry = {"section": "Args", "name": "momentum", "value": "0.5", "type": "float", "description": ""}
    base = BaseTask(
        "base", "b", "p", "completed", {"Args": {"momentum": entry}}, frozenset(), {}, None, None, {}, {}
    )
    order = OrderBook(given, base, "controller", "run", "p").order(0, given.space.point(1))
    texts = {
        f"{section}/{name}": item["value"]
        for section, items in order.hyperparameters.items()
        for name, item in items.items()
        if section != "properties"
    }
    assert texts == {"Args/lr": "0.01", "General/steps": "3", "Args/momentum": "0.5"}


def test_a_set_may_have_a_name_of_its_own() -> None:
    assert with_set(*TWO, name="Sets/sizes").space.varied[0].name == "Sets/sizes"


def test_parameters_of_one_name_in_two_sections_are_told_apart() -> None:
    space = with_set({"Args/lr": 1, "Model/lr": 2}, {"Args/lr": 2, "Model/lr": 1}).space
    assert list(space.point(0).values()) == ["Args/lr=1, Model/lr=2"]


@pytest.mark.parametrize(
    ("combinations", "sentence"),
    [
        ([{"Args/a": 1}], "must have two combinations at least, but got 1"),
        ([{"Args/a": 1}, {}], "must have a parameter in every combination"),
        ([{"Args/a": 1}, {"Args/a": 1}], "must have every combination once, but got a=1 more than once"),
        ([{"a": 1}, {"Args/a": 1}], "must name the section of every parameter"),
        ([{"properties/a": 1}, {"properties/a": 2}], "must hold hyperparameters only, but got properties/a"),
        ([{"Args/a": [1]}, {"Args/a": 2}], "must be a number, a text, true, false or nothing"),
    ],
)
def test_a_set_that_cannot_be_tried_is_refused(combinations: list[dict[str, Any]], sentence: str) -> None:
    with pytest.raises(InvalidConfig, match=sentence):
        with_set(*combinations)


def test_a_parameter_of_a_set_must_not_stand_beside_it() -> None:
    with pytest.raises(InvalidConfig, match="name every parameter once, but got Args/lr 2 times"):
        config({"type": "set", "combinations": TWO}, {"type": "fixed", "name": "Args/lr", "value": 1})


values = st.one_of(
    st.integers(-9, 9), st.floats(-9, 9), st.booleans(), st.none(), st.text('ab, ="1.', max_size=5).map(str.strip)
)
names = st.from_regex(r"[A-Za-z][\w. ]{0,3}/[A-Za-z]\w{0,3}", fullmatch=True).map(str.strip)
combination = st.dictionaries(names, values, min_size=1, max_size=3)


@settings(deadline=None)
@given(st.lists(combination, min_size=2, max_size=5))
def test_whatever_set_is_accepted_survives_a_task_and_gives_back_every_combination(
    combinations: list[dict[str, Any]],
) -> None:
    try:
        given = with_set(*combinations)
    except InvalidConfig:
        return
    again = from_task(to_hyperparameters(given), to_configuration_objects(given))
    assert again == given
    received = [again.space.script_values(again.space.point(index)) for index in range(len(combinations))]
    assert received == combinations
