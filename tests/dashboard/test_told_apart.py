"""Texts beside each other stay different from each other, however short they have to be."""

import pytest
from dashboard_runs import config, snapshot, trial
from hypothesis import given
from hypothesis import strategies as st

from clearml_hpo_app.dashboard.described import space_in_words
from clearml_hpo_app.dashboard.figures import contour, importance, parallel, slices, summary
from clearml_hpo_app.dashboard.importance import Importance
from clearml_hpo_app.dashboard.labels import parameter_labels
from clearml_hpo_app.dashboard.told_apart import told_apart, value_labels

MODELS = [f"meta-llama/Llama-{name}-Instruct" for name in ("3.1-8B", "3.1-70B", "3.2-8B")]
SHORT = ["…Llama-3.1-8B…", "…Llama-3.1-70B…", "…Llama-3.2-8B…"]
SHORTEST = ["…3.1-8B…", "…3.1-70B…", "…3.2-8B…"]


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


def test_of_what_is_shared_only_so_many_words_are_left_out_as_it_takes():
    layers = [f"model.encoder.layers.{n}.dropout" for n in range(3)]
    assert told_apart(layers, 20) == ("…layers.0.dropout", "…layers.1.dropout", "…layers.2.dropout")
    assert told_apart(layers, 16) == ("…0.dropout", "…1.dropout", "…2.dropout")
    assert told_apart(layers, 8) == ("…0…", "…1…", "…2…")


def test_a_period_within_a_number_is_no_end_of_a_word():
    assert told_apart([f"some-model-of-version-3.{n}" for n in (1, 2)], 14) == ("…version-3.1", "…version-3.2")


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
    parallel_axis = parallel.draw(parallel.rows(run))["data"][0]["dimensions"][0]
    slice_axis = slices.draw(slices.rows(run, Importance((), 0)))["layout"]["xaxis"]
    assert (parallel_axis["ticktext"], slice_axis["ticktext"]) == (SHORT, SHORTEST)
    table = summary.draw(summary.rows(run, lambda _: ""))["data"][0]
    assert table["cells"]["values"][table["header"]["values"].index("model")] == [
        "…3.1-8B-Instruct",
        "…3.1-70B-Instruct",
        "…3.2-8B-Instruct",
    ]


def test_parameters_of_nested_names_can_be_told_apart_in_every_panel():
    keys = [f"model.encoder.layers.{n}.{leaf}" for n in range(3) for leaf in ("dropout", "learning_rate")]
    space = [{"type": "uniform", "name": f"General/{key}", "min": 0.1, "max": 1.0, "scale": "log"} for key in keys]
    made = [trial(n, n / 10, parameters={each["name"]: 0.1 + n / 20 for each in space}) for n in range(12)]
    run = snapshot(made, settings=config(parameters=space))
    shares = Importance(tuple((f"General/{key}", 1 / 6) for key in keys), 12)
    layout = slices.draw(slices.rows(run, shares))["layout"]
    across = contour.draw(contour.rows(run, shares))["layout"]
    shown = {
        "slice": [axis["title"]["text"] for name, axis in layout.items() if name.startswith("xaxis")],
        "parallel": [each["label"] for each in parallel.draw(parallel.rows(run))["data"][0]["dimensions"]],
        "importance": importance.draw(importance.rows(run, shares))["layout"]["yaxis"]["ticktext"],
        "contour": [across[name]["title"]["text"] for name in ("xaxis", "yaxis")],
    }
    assert {name: len(set(texts)) for name, texts in shown.items()} == {
        "slice": 6, "parallel": 7, "importance": 6, "contour": 2
    }  # fmt: skip
    assert all(keys[place][-6:] in text for place, text in enumerate(shown["importance"]))


def test_the_last_words_of_a_nested_name_stand_for_it_and_two_that_share_them_keep_their_ends():
    names = [
        "General/model.encoder.layers.3.dropout",
        "General/model.decoder.layers.3.dropout",
        "General/optimizer.learning_rate",
        "General/data/augmentation",
        "General/hyperparametersettings/lr",
        "General/seed",
    ]
    shown = list(parameter_labels(names, 16).values())
    assert shown == ["…encoder…dropout", "…decoder…dropout", "…learning_rate", "…augmentation", "…lr", "seed"]
    assert parameter_labels(["Args/lr", "General/lr", "Args/wd"], 16) == {
        "Args/lr": "Args/lr",
        "General/lr": "General/lr",
        "Args/wd": "wd",
    }


@given(st.lists(st.text("ab/.-_ 1", min_size=1, max_size=40), unique_by=lambda text: " ".join(text.split())))
def test_different_parameters_never_have_one_label(names):
    full = [f"Args/{name}" for name in names]
    shown = parameter_labels(full, 12).values()
    assert len(set(shown)) == len(full)
    assert all(len(label) <= 12 for label in shown)


def test_a_configuration_in_words_has_what_long_values_share_once(run):
    assert space_in_words(run.config) == {"Args/model": "meta-llama/Llama-{3.1-8B, 3.1-70B, 3.2-8B}-Instruct"}
