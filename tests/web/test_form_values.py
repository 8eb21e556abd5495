"""The form as values: what is shown, what it writes on a task, what it reads back; whatever is filled in."""

import json
from typing import Any

import pytest
from form_builders import EVERY_TYPE, every_type, our_form
from hypothesis import given
from hypothesis import strategies as st

from clearml_hpo_app.errors import InvalidConfig
from clearml_hpo_app.web.form import Values, answers, defaults, filled, read_form
from clearml_hpo_app.web.form.showing import places
from clearml_hpo_app.web.form.values import missing
from clearml_hpo_app.web.form.wire import form_json, pieces

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)
CELLS = st.fixed_dictionaries({"cell": TEXTS | st.just("x"), "only_a": TEXTS})
FILLED: st.SearchStrategy[Values] = st.fixed_dictionaries(
    {
        "label": TEXTS,
        "kind": st.sampled_from(["a", "b"]),
        "count": st.integers().map(str) | st.just(""),
        "share": st.sampled_from(["", "0.5", "1"]),
        "deep": TEXTS,
        "sure": st.booleans(),
        "notes": TEXTS,
        "rows": st.lists(CELLS, max_size=4),
    }
)


def shown(values: Values) -> set[str]:
    return {place.path for place in places(every_type(), values)}


def test_defaults_fill_every_field_and_as_many_rows_as_there_must_be() -> None:
    values = defaults(every_type())
    assert values == {
        "label": "",
        "kind": "b",
        "count": 2,
        "share": "",
        "deep": "",
        "sure": True,
        "notes": "",
        "rows": [{"cell": "", "only_a": ""}],
    }


def test_a_field_behind_a_hidden_one_is_hidden_too() -> None:
    values = {**defaults(every_type()), "share": "0.5"}
    assert {"share", "deep"} & shown(values) == set()
    assert {"share", "deep"} <= shown({**values, "kind": "a"})


def test_a_condition_in_a_row_reads_the_row_and_what_stands_before_the_list() -> None:
    values = {**defaults(every_type()), "kind": "a", "rows": [{"cell": "x"}, {"cell": "y"}]}
    assert {"rows.0.only_a", "rows.1.cell"} <= shown(values)
    assert "rows.1.only_a" not in shown(values)


def test_each_value_goes_to_its_target_and_hidden_ones_nowhere() -> None:
    values = {**defaults(every_type()), "label": "mine", "rows": [{"cell": "x", "only_a": "hidden"}]}
    found = answers(every_type(), values)
    assert found.task == {"name": "mine"}
    assert found.hyperparameters == {"Args": {"kind": "b", "count": "2", "sure": "true"}}
    assert json.loads(found.objects["Rows"]) == [{"cell": "x"}]


def test_what_is_required_and_shown_and_empty_is_missing() -> None:
    values = {**defaults(every_type()), "rows": [{"cell": " "}]}
    assert missing(every_type(), values) == ["label", "rows.0.cell"]
    assert missing(every_type(), {**values, "kind": "a", "share": "0.5", "rows": []}) == ["label", "deep", "rows"]


@given(values=FILLED)
def test_what_is_written_reads_back_as_what_was_shown(values: Values) -> None:
    form = every_type()
    written = answers(form, values)
    again = filled(form, written)
    assert answers(form, again) == written
    assert {path: value for path, entry, value in places(form, again) if entry.kind != "list"} == {
        path: value for path, entry, value in places(form, values) if entry.kind != "list"
    }


@given(values=st.dictionaries(st.sampled_from(list(defaults(every_type()))), ANY_JSON))
def test_no_value_that_a_browser_may_send_breaks_the_form(values: Values) -> None:
    form = every_type()
    paths = {place.path for place in places(form, values)}
    assert set(missing(form, values)) <= paths
    for text in answers(form, values).objects.values():
        assert isinstance(text, str)


@given(text=st.text(max_size=40) | st.just("<b>a</b><img src=x onerror=alert(1)>"))
def test_a_text_with_html_becomes_pieces_of_known_styles(text: str) -> None:
    assert {style for style, _ in pieces(text)} <= {"", "code", "b", "i"}


def test_styles_are_kept_and_other_elements_are_not() -> None:
    found = pieces("a <code>b</code> <b>c</b><br>d<script>e</script> &lt;f")
    assert found == [["", "a "], ["code", "b"], ["", " "], ["b", "c"], ["", "de <f"]]


def test_a_form_that_breaks_the_format_is_refused_with_every_problem() -> None:
    entry = EVERY_TYPE["entries"][0]
    broken: dict[str, Any] = {"entries": [{**entry, "type": "text"}, entry]}
    with pytest.raises(InvalidConfig, match=r"entries\.0\.type must be one of") as caught:
        read_form(broken)
    assert len(caught.value.violations) >= 2


def test_our_form_is_plain_json_for_the_browser() -> None:
    assert json.loads(json.dumps(form_json(our_form()))) == form_json(our_form())
