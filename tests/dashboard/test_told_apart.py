"""Texts beside each other stay different from each other, however short they have to be."""

import pytest
from dashboard_runs import config, snapshot, trial
from hypothesis import given
from hypothesis import strategies as st

from clearml_hpo_app.dashboard.described import space_in_words
from clearml_hpo_app.dashboard.figures import parallel, slices, summary
from clearml_hpo_app.dashboard.importance import Importance
from clearml_hpo_app.dashboard.told_apart import told_apart, value_labels

MODELS = [f"meta-llama/Llama-{name}-Instruct" for name in ("3.1-8B", "3.1-70B", "3.2-8B")]
SHORT = ["…3.1-8B…", "…3.1-70B…", "…3.2-8B…"]


@pytest.fixture
def run():
    space = [{"type": "discrete", "name": "Args/model", "values": MODELS}]
    made = [trial(n, 0.1 * n, parameters={"Args/model": name}) for n, name in enumerate(MODELS)]
    return snapshot(made, settings=config(parameters=space))


def test_what_all_texts_share_is_left_out_before_the_middle_is_cut():
    assert told_apart(MODELS, 16) == tuple(SHORT)
    assert told_apart([*MODELS, "gpt2"], 40) == (*MODELS, "gpt2")


def test_texts_that_only_some_share_are_told_apart_too():
    assert told_apart([*MODELS, "gpt2"], 16) == (*SHORT, "gpt2")


def test_a_running_number_is_the_last_resort():
    alike = [f"{'a' * 30}{n}{'b' * 30}" for n in range(3)]
    assert told_apart(alike, 10) == ("aaa…bbb #1", "aaa…bbb #2", "aaa…bbb #3")


def test_values_that_differ_only_after_hundreds_of_letters_have_different_labels():
    long = [f"{'x' * 405}{end}" for end in "ab"]
    assert value_labels([*long, "abc"], 20) == ("xxxxxxxx…xxxxxxx… #1", "xxxxxxxx…xxxxxxx… #2", "abc")


def test_numbers_have_the_digits_that_tell_them_apart():
    assert value_labels([0.12345, 0.12346, 0.5], 16) == ("0.12345", "0.12346", "0.5")
    assert value_labels([1, 1.0, "1", True], 16) == ("1", "1.0", '"1"', "True")


@given(
    st.lists(st.text("ab/-…# 1", max_size=40), unique_by=lambda text: " ".join(text.split())), st.integers(8, 24)
)
def test_different_texts_never_look_alike_and_are_never_too_long(texts, limit):
    labels = told_apart(texts, limit)
    assert len(set(labels)) == len(texts)
    assert all(len(label) <= limit for label in labels)


def test_categories_have_different_names_on_every_axis_and_in_the_table(run):
    for figure in (
        parallel.draw(parallel.rows(run))["data"][0]["dimensions"][0],
        slices.draw(slices.rows(run, Importance((), 0)))["layout"]["xaxis"],
    ):
        assert figure["ticktext"] == SHORT
    table = summary.draw(summary.rows(run, lambda _: ""))["data"][0]
    assert table["cells"]["values"][table["header"]["values"].index("model")] == SHORT


def test_a_configuration_in_words_has_what_long_values_share_once(run):
    assert space_in_words(run.config) == {"Args/model": "meta-llama/Llama-{3.1-8B, 3.1-70B, 3.2-8B}-Instruct"}
