"""Parameters that are not what was given: the values of a trial stand for what its script used."""

import json

import pytest
from simulation import World, properties

from clearml_hpo_app.controller.observing.edits import corrected
from clearml_hpo_app.space.parameters import Combinations, Discrete, Fixed, Uniform
from clearml_hpo_app.space.search_space import SearchSpace
from clearml_hpo_app.space.values import Value
from clearml_hpo_app.trials.trial import Trial, TrialState, Verdict

RATE = Uniform(name="Args/rate", min=0.0, max=1.0)
PAIR = Combinations(name="pair/both", combinations=({"Args/a": 1, "Args/b": "x"}, {"Args/a": 2, "Args/b": "y"}))


def trial(**parameters: Value) -> Trial:
    return Trial(number=3, task_id="t", name="n", parameters=parameters, state=TrialState.COMPLETED)


def change(world: World, task: str, **texts: str) -> None:
    """Change parameters as a person does on the task's page."""
    rows = [{"section": "Args", "name": name, "value": text} for name, text in texts.items()]
    world.api("tasks.edit_hyper_params", task=task, hyperparams=rows, force=True)


@pytest.mark.parametrize("restarts", [False, True])
def test_a_waiting_trial_that_a_person_edits_counts_with_what_its_script_used(
    world: World, restarts: bool, caplog: pytest.LogCaptureFixture
):
    controller = world.begin(limits={"total_tasks": 4}, method="bayesian")
    turns = world.advance(controller, lambda: len(controller.state.trials) == 2)
    change(world, controller.state.trials[1].task_id, rate="0.9")
    world.hire(1)
    if restarts:
        turns.close()
        controller = world.open(controller.task_id)
    world.finish(controller)

    edited = controller.state.trials[1]
    assert edited.parameters["Args/rate"] == 0.9
    assert edited.reason.startswith("its script used Args/rate=0.9 instead of 0.")
    task = world.trials(controller.task_id)[1]
    assert json.loads(properties(task)["hpo_parameters"])["Args/rate"] == 0.9
    assert properties(task)["reason"] == edited.reason
    assert caplog.text.count("trial 1: its script used Args/rate=0.9") == 1
    assert edited.verdict is Verdict.COMPLETED


def test_what_was_corrected_is_told_once_and_known_after_a_restart(world: World):
    controller = world.begin(limits={"total_tasks": 2})
    world.advance(controller, lambda: len(controller.state.trials) == 2)
    change(world, controller.state.trials[0].task_id, units="8", rate="0.25")
    world.hire(1)
    world.finish(controller)
    told = controller.state.trials[0].reason
    world.api("tasks.started", task=controller.task_id, force=True)
    again = world.open(controller.task_id)
    assert again.state.trials[0].parameters == {"Args/rate": 0.25, "Args/units": 8}
    assert again.state.trials[0].reason == told


SAME = [(0.25, "0.25"), (0.1, "0.10000000149011612"), (1e-05, "1e-5"), (2, "2.0"), (2.0, "2"), (True, "true")]
SAME += [(None, "None"), (None, ""), ("a b", "a  b"), ("5", "5")]
OTHER = [(0.25, "0.3", 0.3), (0.25, "1", 1.0), (2, "3", 3), (2, "2.5", 2.5), (True, "False", False)]
OTHER += [("adam", "sgd", "sgd"), ("adam", "5", "5"), (None, "5", 5), (0.5, "", ""), (0.5, "<b>", "<b>")]


@pytest.mark.parametrize(("given", "text"), SAME)
def test_a_value_that_is_only_written_otherwise_is_the_same(given: Value, text: str):
    space = SearchSpace((Fixed(name="Args/x", value=given),))
    assert corrected(trial(**{"Args/x": given}), {"Args/x": text}, space).reason == ""


@pytest.mark.parametrize(("given", "text", "used"), OTHER)
def test_another_value_is_what_the_script_used(given: Value, text: str, used: Value):
    space = SearchSpace((Fixed(name="Args/x", value=given), Discrete(name="Args/y", values=(1, 2))))
    found = corrected(trial(**{"Args/x": given, "Args/y": 1}), {"Args/x": text, "Args/y": "1"}, space)
    assert found.parameters == {"Args/x": used, "Args/y": 1}
    assert type(found.parameters["Args/x"]) is type(used)


def test_a_parameter_that_the_task_does_not_have_is_taken_as_given():
    assert corrected(trial(**{"Args/rate": 0.5}), {}, SearchSpace((RATE,))).reason == ""


@pytest.mark.parametrize(
    ("texts", "label"), [({"Args/a": "2", "Args/b": "y"}, "a=2, b=y"), ({"Args/a": "2"}, "Args/a=2, Args/b=x")]
)
def test_an_edited_set_is_the_combination_that_was_used_or_none_of_them(texts: dict[str, str], label: str):
    space = SearchSpace((PAIR,))
    found = corrected(trial(**{PAIR.name: "a=1, b=x"}), texts, space)
    assert found.parameters == {PAIR.name: label}
    assert space.contains(found.parameters) == (label in PAIR.by_label)


def test_the_reason_that_it_had_stays():
    before = Trial(1, "t", "n", {"Args/rate": 0.5}, TrialState.STOPPED, reason="dropped by a person")
    told = corrected(before, {"Args/rate": "0.75"}, SearchSpace((RATE,))).reason
    assert told == "dropped by a person; its script used Args/rate=0.75 instead of 0.5"
