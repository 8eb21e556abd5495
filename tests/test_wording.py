"""What people read: no text moves a cursor or exceeds its place, and numbers have few digits."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearml_hpo_app import wording


def test_a_long_text_is_cut() -> None:
    assert wording.plain("x" * 10_000, 20) == "x" * 19 + "…"


def test_a_long_name_is_cut_in_the_middle() -> None:
    assert wording.cut_middle("a_very_long_parameter_name") == "a_very_l…er_name"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.000122345, "0.0001223"),
        (0.0000122345, "1.223e-5"),
        (0.00001, "1e-5"),
        (20000.0, "20000"),
        (1234567.8, "1234568"),
        (1e9, "1e9"),
        (-0.5, "-0.5"),
        (0.0, "0"),
        (128, "128"),
        (10**40, "100000000000000…"),
    ],
)
def test_numbers_have_few_digits(value: Any, shown: str) -> None:
    assert wording.number(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "None"), ("None", '"None"'), (True, "True"), ("1", '"1"'), (1, "1"), ("", '""'), ("adam", "adam")],
)
def test_values_of_different_types_look_different(value: Any, shown: str) -> None:
    assert wording.value_text(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.4, "0 s"), (67, "1 min 07 s"), (7500, "2 h 05 min"), (273600, "3 d 04 h")]
)
def test_a_duration_has_two_units(seconds: float, shown: str) -> None:
    assert wording.duration(seconds) == shown


@given(st.text(max_size=600), st.integers(3, 80))
def test_no_text_exceeds_its_limit_or_holds_control_characters(raw: str, limit: int) -> None:
    shown = wording.plain(raw, limit)
    assert len(shown) <= limit
    assert not set("\x00\x1b\r\n\t\u202e") & set(shown)
    assert len(wording.cut_middle(raw, limit)) <= limit


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 trials"),
        (1, "1 trial"),
        (2, "2 trials"),
        (12345, "12 345 trials"),
        (1.0, "1 trial"),
        (1.5, "1.5 trials"),
    ],
)
def test_a_count_agrees_with_its_noun(count: float, shown: str) -> None:
    assert wording.counted(count, "trial") == shown


@pytest.mark.parametrize(
    ("queue", "command"),
    [
        ("default", "clearml-agent daemon --queue default --create-queue"),
        ("two words", "clearml-agent daemon --queue 'two words' --create-queue"),
        ("a; rm -rf ~", "clearml-agent daemon --queue 'a; rm -rf ~' --create-queue"),
    ],
)
def test_the_command_of_an_agent_can_be_pasted_whatever_the_queue_is_called(queue: str, command: str) -> None:
    assert wording.agent_command(queue, creates_queue=True) == command
    assert wording.agent_command(queue) == command.removesuffix(" --create-queue")
