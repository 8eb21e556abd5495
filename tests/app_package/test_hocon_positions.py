"""HOCON written and found again: pyhocon reads the same values, and every key stands on its line."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pyhocon import ConfigFactory

from clearml_hpo_app.app_package.hocon import to_hocon
from clearml_hpo_app.app_package.positions import Spot, find_positions

NAMES = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True).filter(lambda name: not name.startswith("include"))
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)
# pyhocon drops empty texts from lists; the form has none
SCALARS = st.one_of(TEXTS, st.integers(-(10**9), 10**9), st.booleans())
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=12,
)


@settings(max_examples=40, deadline=None)  # pyhocon takes its time
@given(st.dictionaries(NAMES, VALUES, max_size=5))
def test_what_is_written_is_read_back(values: dict[str, Any]) -> None:
    text = to_hocon(values)
    if text:
        assert ConfigFactory.parse_string(text, resolve=False).as_plain_ordered_dict() == values


@given(st.dictionaries(NAMES, VALUES, max_size=5))
def test_every_key_stands_on_the_line_that_is_told(values: dict[str, Any]) -> None:
    text = to_hocon(values)
    found, lines = find_positions(text), text.splitlines()

    def paths(value: Any, path: tuple[str | int, ...]) -> list[tuple[str | int, ...]]:
        below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        return [each for key, inner in below for each in [(*path, key), *paths(inner, (*path, key))]]

    assert sorted(map(repr, found.lines)) == sorted(map(repr, paths(values, ())))
    assert found.repeated == found.reaching_out == []
    for path, line in found.lines.items():
        if isinstance(path[-1], str):
            assert path[-1] in text.split("\n")[line - 1], (path, lines)


@given(st.text(alphabet='{}[]:=,."#/\\\n \ta$+include', max_size=60))
def test_any_text_is_walked_over_to_its_end(text: str) -> None:
    lines = find_positions(text).lines.values()
    assert all(1 <= line <= text.count("\n") + 1 for line in lines)


def test_dotted_keys_comments_and_the_three_separators_are_known() -> None:
    text = '# first\n{ a.b = 1 // one\n"c.d" : [1,\n2 ], e += """x\ny""" }'
    assert find_positions(text).lines == {
        ("a",): 2,
        ("a", "b"): 2,
        ("c.d",): 3,
        ("c.d", 0): 3,
        ("c.d", 1): 4,
        ("e",): 4,
    }


def test_a_key_that_stands_twice_and_what_reaches_out_is_told_with_its_line() -> None:
    found = find_positions('a: 1\ninclude "secrets"\nb: ${HOME}\na: "${HOME}"\n')
    assert found.repeated == [(("a",), 4)]
    assert found.reaching_out == [Spot(2, 'include "secrets"'), Spot(3, "${HOME}")]


def test_what_is_not_in_the_text_has_the_line_of_what_is_around_it() -> None:
    found = find_positions("a {\n  b {\n    c: 1\n  }\n}\n")
    assert found.line_of(("a", "b", "missing", 3)) == 2
    assert found.line_of(("missing",)) == 1
