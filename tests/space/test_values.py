"""Values, their text, and people's text."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearml_hpo_app.space.values import (
    EmptyItemError,
    from_text,
    join_texts,
    same_value,
    show,
    split_texts,
    split_values,
    to_text,
    value_key,
)

NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)


@given(NUMBERS | st.booleans())
def test_a_number_or_boolean_reads_back_as_the_same_value(value: Any):
    assert same_value(from_text(to_text(value)), value)


@given(st.lists(NUMBERS | st.booleans(), max_size=6))
def test_a_list_of_numbers_reads_back_as_the_same_list(values: list[Any]):
    read = split_values(", ".join(map(to_text, values)))
    assert list(map(value_key, read)) == list(map(value_key, values))


@given(st.lists(st.text(max_size=8), max_size=5))
def test_quoted_text_reads_back_whatever_is_in_it(texts: list[str]):
    quoted = ['"' + text.replace('"', '""') + '"' for text in texts]
    assert split_values(",".join(quoted)) == texts


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("1.0", 1.0),
        ("1e-3", 0.001),
        (" +5 ", 5),
        ("true", True),
        ("FALSE", False),
        ("adam", "adam"),
        ("None", "None"),
        ("nan", "nan"),
        ("inf", "inf"),
        ("1e400", "1e400"),
        ("1_000", "1_000"),
        ("0x10", "0x10"),
        ("9" * 400, int("9" * 400)),
    ],
)
def test_numbers_become_numbers_and_the_rest_stays_text(text: str, value: Any):
    assert value_key(from_text(text)) == value_key(value)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", []),
        (" ", []),
        ('1, 0.5, true, adam, "a,b", "1"', [1, 0.5, True, "adam", "a,b", "1"]),
        ('adam, None, "None"', ["adam", None, "None"]),
        ('a, ""', ["a", ""]),
        ("'b,c', '5', it's, 'a''b'", ["b,c", "5", "it's", "a'b"]),
    ],
)
def test_a_comma_separated_list_is_read_as_a_person_means_it(text: str, values: list[Any]):
    assert list(map(value_key, split_values(text))) == list(map(value_key, values))


def test_values_of_different_types_are_never_the_same():
    assert len({value_key(value) for value in (1, 1.0, True, "1", None)}) == 5
    assert not same_value(1, True)


def test_nothing_is_sent_as_empty_text_and_shown_by_its_name():
    assert (to_text(None), show(None), show(0.1), show(True)) == ("", "None", "0.1", "True")


@pytest.mark.parametrize("text", ['"open, end', "a, 'b"])
def test_a_quote_that_is_never_closed_is_refused(text: str):
    with pytest.raises(ValueError, match=r"open, end|b"):
        split_values(text)


@pytest.mark.parametrize("text", ["1,,2", "1, 2,", ",1", ",", "a, ,b"])
def test_an_empty_item_is_refused(text: str):
    with pytest.raises(EmptyItemError, match=text):
        split_values(text)


@given(st.lists(st.text(min_size=1, max_size=8).map(str.strip).filter(bool), max_size=5))
def test_joined_texts_read_back_whatever_is_in_them(texts: list[str]):
    assert split_texts(join_texts(texts)) == texts


def test_texts_are_quoted_only_where_they_must_be():
    assert join_texts(["plain", "it's", "a, b", '"q"']) == 'plain, it\'s, "a, b", """q"""'
    assert split_texts(" a,, 1 ,") == ["a", "1"]
