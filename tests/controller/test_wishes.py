"""Steering a run by the user properties of its controller task, as ClearML's UI writes them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from simulated_worker import Behaviour
from simulation import RATE, UNITS, World, arguments, number_of, properties
from test_failures import at_first

from clearml_hpo_app.clearml_api.tasks import write_properties
from clearml_hpo_app.clock import SystemClock
from clearml_hpo_app.controller.loop import Controller, Turn
from clearml_hpo_app.controller.steering.acts import read_parameters
from clearml_hpo_app.controller.steering.wishes import read_pinned, read_want
from clearml_hpo_app.errors import HpoError
from clearml_hpo_app.instances import steering
from clearml_hpo_app.instances.instance import HpoInstance
from clearml_hpo_app.space.search_space import SearchSpace
from clearml_hpo_app.trials.trial import TrialState, Verdict

SLOW = Behaviour(iterations=4, seconds=5.0)


class Run:
    """A run that is stepped turn by turn, and steered in between."""

    def __init__(self, world: World, **more: Any) -> None:
        self.world = world
        self.controller: Controller = world.begin(**more)
        self.turns: Iterator[Turn] = self.controller.run()
        self.step(2)

    def write(self, **texts: str) -> None:
        """Write properties, as the command line does: the others stay."""
        items = [{"section": "properties", "name": f"hpo_{n}", "value": t} for n, t in texts.items()]
        self.world.api("tasks.edit_hyper_params", task=self.controller.task_id, hyperparams=items)

    def save_form(self, **texts: str) -> None:
        """Save the whole section, as the UI does: what the form does not hold is wiped."""
        items = [{"section": "properties", "name": f"hpo_{n}", "value": t} for n, t in texts.items()]
        self.world.api(
            "tasks.edit_hyper_params",
            task=self.controller.task_id,
            hyperparams=items,
            replace_hyperparams="section",
        )

    def step(self, turns: int = 1) -> None:
        for _ in range(turns):
            next(self.turns)

    def finish(self) -> None:
        list(self.turns)

    @property
    def told(self) -> dict[str, str]:
        return properties(self.world.api.task(self.controller.task_id))

    @property
    def answer(self) -> str:
        """The latest answer, without its time."""
        return self.told.get("hpo_answer", "").partition(" | ")[0][len("2026-11-24 18:00:00 ") :]


def test_a_run_invites_to_steer_it(world: World):
    run = Run(world, limits={"total_tasks": 5})
    assert {name: run.told[name] for name in ("hpo_want", "hpo_total_tasks", "hpo_max_concurrent_tasks")} == {
        "hpo_want": "running",
        "hpo_total_tasks": "5",
        "hpo_max_concurrent_tasks": "2",
    }


def test_a_paused_run_starts_nothing_takes_waiting_trials_back_and_goes_on_when_told(world: World):
    """Pause and restart a search (clearml/clearml#738)."""
    world.hire(1, lambda number, texts: SLOW)
    run = Run(world, limits={"total_tasks": 4})
    world.clock.wait(5.0)
    run.write(want="paused")
    run.step(30)
    assert run.answer == "hpo_want: paused, the running trials go on"
    assert world.statuses(run.controller.task_id) == ["completed", "created"]
    assert run.controller.snapshot().reason == "A person paused it: no trial is started."
    run.write(want="running")
    run.finish()
    assert world.statuses(run.controller.task_id) == ["completed"] * 4
    assert world.numbers(run.controller.task_id) == [0, 1, 2, 3]


def test_the_time_of_a_run_stands_still_while_it_is_paused(world: World):
    world.hire(1)
    run = Run(world, limits={"total_minutes": 60})
    run.write(want="paused")
    run.step()
    before = run.controller.snapshot().elapsed_seconds
    world.clock.wait(1000.0)
    assert run.controller.snapshot().elapsed_seconds == before
    run.write(want="running")
    run.step(2)
    assert before < run.controller.snapshot().elapsed_seconds < before + 60


def test_a_run_that_was_paused_when_its_controller_died_is_paused_after_that(world: World):
    world.hire(1)
    run = Run(world, limits={"total_tasks": 9})
    run.write(want="paused")
    run.step(20)
    given = len(world.trials(run.controller.task_id))
    again = world.open(run.controller.task_id)
    turns = again.run()
    for _ in range(20):
        next(turns)
    assert len(world.trials(run.controller.task_id)) == given
    run.write(want="running")
    list(turns)
    assert world.numbers(run.controller.task_id) == list(range(9))


def test_a_graceful_stop_lets_running_trials_finish(world: World):
    world.hire(1, lambda number, texts: SLOW)
    run = Run(world, max_concurrent_tasks=3, limits={"total_tasks": 9})
    world.clock.wait(5.0)
    run.write(want="stop")
    run.finish()
    verdicts = [trial.verdict for trial in run.controller.state.trials.values()]
    assert verdicts == [Verdict.COMPLETED, Verdict.RUN_ENDED, Verdict.RUN_ENDED]
    task = world.api.task(run.controller.task_id)
    assert (task["status"], run.told["reason"]) == ("stopped", "A person stopped the optimization.")
    assert run.told["hpo_want"] == "ended"


def test_stop_now_stops_running_trials(world: World):
    world.hire(2, lambda number, texts: Behaviour(iterations=100))
    run = Run(world, limits={"total_tasks": 9})
    world.clock.wait(5.0)
    run.write(want="Stop Now")
    run.finish()
    assert [trial.verdict for trial in run.controller.state.trials.values()] == [Verdict.RUN_ENDED] * 2


def test_a_stop_that_lets_trials_finish_can_be_made_one_that_does_not(world: World):
    world.hire(2, lambda number, texts: Behaviour(iterations=500, seconds=1000))
    run = Run(world, max_concurrent_tasks=2, limits={"total_tasks": 4})
    run.step(3)
    run.write(want="stop")
    run.step(2)
    assert run.answer == "hpo_want: no trial is started any more, the running ones finish"
    run.write(want="stop now")
    begin = world.clock.now()
    run.finish()
    assert "hpo_want: the trials are stopped" in run.told["hpo_answer"]
    assert (world.clock.now() - begin).total_seconds() < 60
    assert set(world.statuses(run.controller.task_id)) == {"stopped"}


def test_what_was_accepted_is_tried_though_its_property_says_other_things_after_a_restart(world: World):
    run = Run(world, max_concurrent_tasks=1, limits={"total_tasks": 4})
    run.write(want="paused")
    run.step(2)
    for rate in ("0.111", "0.222"):
        run.write(add_trial=f"Args/rate={rate}, Args/units=3")
        run.step(2)
    again = world.open(run.controller.task_id)
    run.write(want="running")
    world.hire(1)
    world.finish(again)
    tried = [arguments(task)["rate"] for task in world.trials(run.controller.task_id)]
    assert (tried.count("0.111"), tried.count("0.222"), len(tried)) == (1, 1, 4)


def test_a_trial_that_waits_for_its_retry_can_be_dropped(world: World):
    world.hire(1, at_first({0: Behaviour(ending="failed")}))
    run = Run(world, max_concurrent_tasks=1, limits={"total_tasks": 2})
    world.clock.wait(5.0)
    run.write(want="paused")
    run.step(6)
    run.write(drop_trial="0 it is hopeless")
    run.step(2)
    again = world.open(run.controller.task_id)
    run.write(want="running")
    world.finish(again)
    trial = again.state.trials[0]
    assert (trial.verdict, trial.attempt) == (Verdict.DROPPED, 1)
    assert trial.reason == "dropped by a person: it is hopeless"


def test_trials_that_wait_move_also_when_the_queue_was_changed_without_a_controller(world: World):
    other = world.api("queues.create", name=f"{world.queue}-later")["id"]
    run = Run(world, limits={"total_tasks": 3})
    run.write(execution_queue=f"{world.queue}-later")
    again = world.open(run.controller.task_id)
    turns = again.run()
    next(turns)
    next(turns)
    assert world.api("queues.get_by_id", queue=world.queue_id)["queue"]["entries"] == []
    assert len(world.api("queues.get_by_id", queue=other)["queue"]["entries"]) >= 2


def test_a_run_that_was_stopped_carries_on_when_it_is_resumed(world: World):
    world.hire(1)
    run = Run(world, limits={"total_tasks": 4})
    run.write(want="stop")
    run.finish()
    world.api("tasks.started", task=run.controller.task_id, force=True)
    again = world.open(run.controller.task_id)
    world.finish(again)
    assert again.ended is not None
    assert again.ended.reason == "All 4 trials have run."


@pytest.mark.parametrize(
    ("name", "text", "answer"),
    [
        ("total_tasks", "3", "hpo_total_tasks: 6 → 3"),
        ("total_tasks", "none", "hpo_total_tasks: 6 → without limit"),
        ("max_concurrent_tasks", "1", "hpo_max_concurrent_tasks: 2 → 1"),
        ("retries", "4", "hpo_retries: 1 → 4"),
        ("task_minutes", "2.5", "hpo_task_minutes: without limit → 2.5"),
    ],
)
def test_settings_change_while_the_run_goes_on(world: World, name: str, text: str, answer: str):
    run = Run(world, limits={"total_tasks": 6})
    run.write(**{name: text})
    run.step()
    assert run.answer == answer
    run.write(**{name: ""})
    run.step()
    assert run.answer.startswith(f"hpo_{name}: ")
    assert run.controller.state.config == world.config(limits={"total_tasks": 6}), "empty is as configured"


def test_a_higher_limit_is_used_up_and_a_lower_one_ends_the_run(world: World):
    world.hire(2)
    run = Run(world, limits={"total_tasks": 3})
    run.write(total_tasks="7")
    run.finish()
    assert world.numbers(run.controller.task_id) == list(range(7))
    assert run.told["reason"] == "All 7 trials have run."


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("total_tasks", "0", "refused, limits.total_tasks must be at least 1"),
        ("total_tasks", "many", "refused, limits.total_tasks must be"),
        ("execution_queue", "nowhere", "refused, a queue 'nowhere' must exist, but there is none"),
        ("want", "faster", "refused, hpo_want must be one of running, paused, stop, stop now, but it is 'faster'"),
        ("pinned", "best", "refused, hpo_pinned must be numbers of trials such as 3, 7, but it is 'best'"),
        ("add_trial", "Args/rate=5, Args/units=2", "refused, Args/rate must be between 0.0 and 1.0, but it is 5."),
        (
            "add_trial",
            "Args/rte=0.5",
            "refused, Args/rte must be a parameter that varies. Did you mean Args/rate",
        ),
        ("min_iterations", "9", "refused, limits.min_iterations must be at most max_iterations (8), but got 9."),
        ("drop_trial", "77", "refused, trial 77 does not exist"),
        ("drop_trial", "it", "refused, A trial to drop must be named by its number"),
    ],
)
def test_an_invalid_wish_is_answered_with_a_sentence_and_changes_nothing(
    world: World, name: str, text: str, sentence: str
):
    limits = {"total_tasks": 6, "max_iterations": 8}
    run = Run(world, limits=limits)
    run.write(**{name: text})
    run.step()
    assert run.answer.startswith(f"hpo_{name}: {sentence}")
    assert run.controller.state.config == world.config(limits=limits)
    assert run.controller.state.winding_up is None


def test_a_bad_wish_does_not_take_a_good_one_with_it(world: World):
    run = Run(world, limits={"total_tasks": 6})
    run.write(total_tasks="-1", max_concurrent_tasks="5")
    run.step()
    assert run.controller.state.config.max_concurrent_tasks == 5
    assert "hpo_total_tasks: refused" in run.told["hpo_answer"]


def test_wishes_that_hold_together_only_are_heeded_together(world: World):
    run = Run(world, limits={"total_tasks": 6, "min_iterations": 3, "max_iterations": 8})
    run.write(min_iterations="1", max_iterations="2")
    run.step()
    limits = run.controller.state.config.limits
    assert (limits.min_iterations, limits.max_iterations) == (1, 2)


def test_trials_move_to_another_queue_also_those_that_wait(world: World):
    other = world.api("queues.create", name=f"{world.queue}-other")["id"]
    run = Run(world, limits={"total_tasks": 3})
    run.write(execution_queue=f"{world.queue}-other")
    run.step(2)
    waiting = world.api("queues.get_by_id", queue=other)["queue"]["entries"]
    assert len(waiting) == 2
    assert world.api("queues.get_by_id", queue=world.queue_id)["queue"]["entries"] == []


def test_parameters_by_hand_run_next(world: World):
    world.hire(1)
    run = Run(world, max_concurrent_tasks=1, limits={"total_tasks": 4})
    run.write(add_trial='{"Args/rate": 0.25, "Args/units": 7}')
    run.finish()
    trials = world.trials(run.controller.task_id)
    assert [(arguments(task)["rate"], arguments(task)["units"]) for task in trials].count(("0.25", "7")) == 1
    assert (arguments(trials[1])["rate"], arguments(trials[1])["units"]) == ("0.25", "7")
    assert len(trials) == 4
    assert "hpo_add_trial: it is tried" in run.told["hpo_answer"]


def test_a_stale_form_that_is_saved_brings_no_executed_act_back(world: World):
    world.hire(1)
    run = Run(world, max_concurrent_tasks=1, limits={"total_tasks": 6})
    form = {"want": "running", "add_trial": "Args/rate=0.25, Args/units=7"}
    run.save_form(**form)
    run.step(6)
    run.save_form(want="running")
    run.step(2)
    run.save_form(**form)
    run.step(2)
    again = world.open(run.controller.task_id)
    world.finish(again)
    tried = [(arguments(task)["rate"], arguments(task)["units"]) for task in world.trials(run.controller.task_id)]
    assert tried.count(("0.25", "7")) == 1


def test_an_act_whose_controller_died_before_it_was_written_down_is_not_done_twice(world: World):
    world.hire(1)
    run = Run(world, max_concurrent_tasks=1, limits={"total_tasks": 6})
    run.write(add_trial_x1="Args/rate=0.25, Args/units=7")
    world.advance(
        run.controller, lambda: any("hpo_act" in properties(t) for t in world.trials(run.controller.task_id))
    )
    objects = {"name": "Acts", "value": "", "type": "json", "description": ""}
    world.api("tasks.edit_configuration", task=run.controller.task_id, configuration=[objects], force=True)
    world.finish(world.open(run.controller.task_id))
    tried = [(arguments(task)["rate"], arguments(task)["units"]) for task in world.trials(run.controller.task_id)]
    assert tried.count(("0.25", "7")) == 1


def test_a_trial_is_dropped_with_a_reason_and_not_tried_again(world: World):
    world.hire(2, lambda number, texts: Behaviour(iterations=100) if number == 1 else Behaviour())
    run = Run(world, limits={"total_tasks": 3})
    run.write(drop_trial="1 it diverges")
    run.finish()
    trial = run.controller.state.trials[1]
    assert (trial.verdict, trial.reason) == (Verdict.DROPPED, "dropped by a person: it diverges")
    assert trial.attempt == 1
    assert "hpo_drop_trial: it is stopped" in run.told["hpo_answer"]


def test_adding_and_dropping_by_names_with_the_same_end_are_two_acts(world: World):
    world.hire(1, lambda number, texts: Behaviour(iterations=100) if number == 0 else Behaviour())
    run = Run(world, max_concurrent_tasks=1, limits={"total_tasks": 2})
    run.write(add_trial_1="Args/rate=0.25, Args/units=7", drop_trial_1="0")
    run.finish()
    assert run.controller.state.trials[0].verdict is Verdict.DROPPED
    assert run.controller.state.trials[1].parameters == {"Args/rate": 0.25, "Args/units": 7}


def test_a_pinned_trial_is_never_archived_and_one_that_is_pinned_late_is_restored(world: World):
    world.hire(1)
    run = Run(world, max_concurrent_tasks=1, limits={"total_tasks": 6, "top_tasks_to_keep": 1})
    run.write(pinned="0")
    run.step(12)
    run.write(pinned="0, 1")
    run.finish()
    archived = {
        number_of(task) for task in world.trials(run.controller.task_id) if "archived" in task["system_tags"]
    }
    best = run.controller.snapshot().best
    assert best is not None
    assert archived == set(range(6)) - {0, 1, best.number}


def test_properties_that_a_save_of_the_form_wiped_are_written_again_and_still_hold(world: World):
    world.hire(1, lambda number, texts: SLOW)
    run = Run(world, max_concurrent_tasks=1, limits={"total_tasks": 9})
    run.write(total_tasks="2")
    run.step()
    run.save_form(mine="x")
    run.step(15)
    assert run.told["hpo_total_tasks"] == "2"
    assert run.told["hpo_want"] == "running"
    assert json.loads(run.told["controller"])["task"] == run.controller.task_id
    run.finish()
    assert world.numbers(run.controller.task_id) == [0, 1]


def test_every_wish_of_a_form_that_is_saved_at_once_has_its_answer(world: World):
    run = Run(world, limits={"total_tasks": 9})
    numbers = {"total_minutes": "600", "compute_minutes": "500", "task_minutes": "9", "retries": "2"}
    bad = {"max_concurrent_tasks": "lots", "totl_tasks": "3", "pinned": "x" * 5000}
    run.save_form(**numbers, **bad, total_tasks="20", want="paused", add_trial="Args/rate=0.5, Args/units=3")
    run.step()
    answers = run.told["hpo_answer"].split(" | ")
    for name in (*numbers, *bad, "total_tasks", "want", "add_trial"):
        assert sum(f" hpo_{name}: " in answer for answer in answers) == 1, name
    assert "hpo_totl_tasks: refused, there is no such setting. Did you mean hpo_total_tasks" in str(answers)
    assert max(map(len, answers)) < 450


def test_what_was_refused_is_not_written_again_in_place_of_what_holds(world: World):
    run = Run(world, limits={"total_tasks": 9})
    run.write(max_concurrent_tasks="lots", pinned="<b>", want="fly")
    run.step()
    run.save_form(mine="x")
    run.step(15)
    names = ("hpo_max_concurrent_tasks", "hpo_pinned", "hpo_want", "hpo_total_tasks")
    assert [run.told.get(name) for name in names] == ["2", None, "running", "9"]


@pytest.mark.parametrize("moment", ["running", "paused", "stop"])
def test_a_clone_of_a_steered_instance_begins_afresh(world: World, moment: str):
    """Clone and reset of a running, paused and stopping instance each run from zero."""
    world.hire(2, lambda number, texts: SLOW)
    run = Run(world, limits={"total_tasks": 3})
    run.write(total_tasks="8", want=moment)
    run.step()
    clone = world.api("tasks.clone", task=run.controller.task_id, new_task_name="clone", new_task_comment="")["id"]
    world.api("tasks.started", task=clone)
    controller = world.open(clone)
    assert controller.state.run_id != run.controller.state.run_id
    world.finish(controller)
    assert world.numbers(clone) == [0, 1, 2]
    assert properties(world.api.task(clone))["reason"] == "All 3 trials have run."


def test_a_run_with_steered_settings_has_them_after_a_restart(world: World):
    world.hire(1)
    run = Run(world, max_concurrent_tasks=1, limits={"total_tasks": 9})
    run.write(total_tasks="4")
    run.step(3)
    again = world.open(run.controller.task_id)
    assert again.state.config.limits.total_tasks == 4
    run.write(total_tasks="3")
    world.finish(again)
    assert world.numbers(run.controller.task_id) == [0, 1, 2]
    latest, earlier = run.told["hpo_answer"].split(" | ")
    assert latest.endswith("hpo_total_tasks: 4 → 3")
    assert earlier.endswith("hpo_total_tasks: 9 → 4"), "what the controller before it answered stands there still"


def test_what_people_write_is_read_with_patience():
    assert read_want(" Stop  NOW ").value == "stop now"
    assert read_want("").value == read_want("ended").value == "running"
    assert read_pinned(" 3,7 ,") == {3, 7}


def test_parameters_are_read_from_json_and_from_pairs(world: World):
    space: SearchSpace = world.config().space
    expected = {"Args/rate": 0.5, "Args/units": 3}
    assert read_parameters('{"Args/rate": 0.5, "Args/units": 3}', space) == expected
    assert read_parameters("Args/rate=0.5, Args/units=3", space) == expected
    assert read_parameters("Args/rate=0.5\nArgs/units=3\n", space) == expected
    with pytest.raises(ValueError, match=r"Args/units must have a value, but has none\."):
        read_parameters("Args/rate=0.5", space)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Args/rate=0.5, Args/units=2.4", r"Args/units cannot be 2\.4: the nearest value of its range is 2\."),
        ("Args/rate=0.5, Args/units=3, Args/seconds=9", r"Args/seconds must be 5, which is fixed, but it is 9\."),
        ("Args/rate=0.5, Args/units=3, Args/rate=0.9", r"these are given more often: Args/rate\."),
        ('{"Args/rate": 0.5, "Args/units": 3, "Args/rate": 0.9}', r"these are given more often: Args/rate\."),
    ],
)
def test_parameters_by_hand_that_would_be_changed_are_refused(world: World, text: str, told: str):
    fixed = {"type": "fixed", "name": "Args/seconds", "value": 5}
    space: SearchSpace = world.config(parameters=[RATE, UNITS, fixed]).space
    with pytest.raises(ValueError, match=told):
        read_parameters(text, space)
    same = read_parameters("Args/rate=0.5, Args/units=3.0, Args/seconds=5", space)
    assert same == {"Args/rate": 0.5, "Args/units": 3, "Args/seconds": 5}


def test_a_retry_waits_for_the_end_of_a_pause(world: World):
    world.hire(1, at_first({0: Behaviour(ending="failed")}))
    run = Run(world, max_concurrent_tasks=1, limits={"total_tasks": 1})
    world.clock.wait(5.0)
    run.write(want="paused")
    run.step(10)
    assert run.controller.state.trials[0].state is TrialState.FAILED
    assert run.controller.ended is None
    run.write(want="running")
    run.finish()
    assert run.controller.state.trials[0].verdict is Verdict.COMPLETED


@pytest.mark.parametrize("moment", ["running", "paused", "finished"])
def test_a_steered_instance_that_is_reset_begins_afresh(world: World, moment: str):
    """A restart must not be taken for a fresh run, nor a reset for a restart."""
    world.hire(2)
    run = Run(world, limits={"total_tasks": 2})
    run.write(total_tasks="3", **({"want": moment} if moment != "finished" else {}))
    run.step()
    if moment == "finished":
        run.finish()
    world.api("tasks.reset", task=run.controller.task_id, force=True)
    run.finish()
    world.api("tasks.started", task=run.controller.task_id)
    controller = world.open(run.controller.task_id)
    world.finish(controller)
    mine = [t for t in world.trials(controller.task_id) if properties(t)["hpo_run"] == controller.state.run_id]
    assert sorted(map(number_of, mine)) == [0, 1]


def test_a_wish_to_add_a_trial_is_answered_at_once_also_in_a_pause(world: World):
    run = Run(world, limits={"total_tasks": 6})
    run.write(want="paused")
    run.step()
    run.write(add_trial="Args/rate=0.25, Args/units=7")
    run.step()
    assert run.answer == "hpo_add_trial: accepted, it is tried after the pause"


def test_a_wish_that_holds_already_is_answered_too(world: World):
    world.hire(1)
    run = Run(world, limits={"total_tasks": 1})
    run.finish()
    world.api("tasks.started", task=run.controller.task_id, force=True)
    again = world.open(run.controller.task_id)
    assert run.told["hpo_want"] == "running", "what ended the run before is not wanted any more"
    turns = again.run()
    run.write(total_tasks="3")
    next(turns)
    run.write(want="Running")
    next(turns)
    assert run.answer == "hpo_want: it is running already"


def test_a_run_whose_wanted_queue_is_gone_is_resumed_on_the_configured_one(world: World):
    world.hire(1)
    run = Run(world, max_concurrent_tasks=1, limits={"total_tasks": 2})
    run.write(execution_queue="nowhere")
    run.step()
    world.finish(world.open(run.controller.task_id))
    assert world.statuses(run.controller.task_id) == ["completed", "completed"]


def test_a_limit_below_what_was_given_out_is_told_as_what_it_is(world: World):
    world.hire(3, lambda number, texts: SLOW)
    run = Run(world, max_concurrent_tasks=3, limits={"total_tasks": 9})
    run.write(total_tasks="1")
    run.step()
    assert run.answer == "hpo_total_tasks: 9 → 1, though 3 trials have their parameters already"
    run.finish()
    assert run.told["reason"] == "The limit is 1 trial, and 3 have run."


def test_a_trial_that_is_added_while_the_run_ends_is_told_when_it_is_tried(world: World):
    world.hire(1, lambda number, texts: SLOW)
    run = Run(world, limits={"total_tasks": 9})
    world.advance(run.controller, lambda: run.controller.state.trials[0].state.has_started)
    run.write(want="stop")
    run.step()
    run.write(add_trial="Args/rate=0.5, Args/units=3")
    run.step()
    assert run.answer.endswith("the run is ending: it is tried when the run is carried on")


def test_a_trial_that_does_not_exist_cannot_be_pinned(world: World):
    run = Run(world, limits={"total_tasks": 9})
    run.write(pinned="0, 55")
    run.step()
    assert run.answer == "hpo_pinned: refused, there is no trial 55 yet"


def test_a_trial_that_completes_while_it_is_dropped_is_completed_everywhere(world: World):
    world.hire(1, lambda number, texts: Behaviour(iterations=2, seconds=2.0))
    run = Run(world, max_concurrent_tasks=1, limits={"total_tasks": 2})
    world.clock.wait(5.0)
    trial = world.trials(run.controller.task_id)[0]["id"]
    write_properties(world.client, trial, {"verdict": "dropped", "reason": "dropped by a person"})
    run.finish()
    assert run.controller.state.trials[0].verdict is Verdict.COMPLETED
    told = properties(world.api.task(trial))
    assert (told["verdict"], told["reason"]) == ("completed", "it completed before it could be stopped")


@pytest.mark.parametrize(("name", "bad"), [("execution_queue", "nowhere"), ("pinned", "55"), ("want", "faster")])
def test_a_refused_wish_that_is_taken_back_is_no_news(world: World, name: str, bad: str):
    run = Run(world, limits={"total_tasks": 6})
    before = run.told.get(f"hpo_{name}", "")
    run.write(**{name: bad})
    run.step()
    run.write(**{name: before})
    run.step()
    assert run.answer.startswith(f"hpo_{name}: refused, ")


SLIPS = {"total_tasks": ("12", "l2"), "task_minutes": ("30", "3O"), "execution_queue": ("second", "secnd")}


@pytest.mark.parametrize(("name", "good", "slip"), [(name, *texts) for name, texts in SLIPS.items()])
@pytest.mark.parametrize("restarted", ["", "after the slip", "before the slip"])
def test_a_slip_in_a_setting_that_was_steered_leaves_it_as_it_was(
    world: World, name: str, good: str, slip: str, restarted: str
):
    if name == "execution_queue":
        good = f"{good}-{world.queue}"
        world.api("queues.create", name=good)
    run = Run(world, limits={"total_tasks": 5, "task_minutes": 9})
    run.write(**{name: good})
    run.step()
    held = run.controller.state.config
    assert "→" in run.answer
    if restarted == "before the slip":
        run.write(**{name: slip})
    else:
        run.write(**{name: slip})
        run.step()
        assert run.answer.startswith(f"hpo_{name}: refused, ")
    controller = world.open(run.controller.task_id) if restarted else run.controller
    next(controller.run())
    assert controller.state.config == held
    assert run.answer.startswith(f"hpo_{name}: refused, ")


def test_a_queue_that_is_taken_back_while_no_controller_is_there_is_the_configured_one(world: World):
    world.api("queues.create", name=f"other-{world.queue}")
    run = Run(world, limits={"total_tasks": 5})
    run.write(execution_queue=f"other-{world.queue}")
    run.step()
    run.write(execution_queue="")
    controller = world.open(run.controller.task_id)
    next(controller.run())
    assert controller.state.config.execution_queue == world.queue
    assert controller.state.queue_id == world.queue_id


@pytest.mark.parametrize("is_seen", [True, False])
def test_a_slip_does_not_end_a_pause_and_unpins_nothing_also_over_a_restart(world: World, is_seen: bool):
    world.hire(2)
    run = Run(world, limits={"total_tasks": 9})
    run.write(want="paused", pinned="0")
    run.step()
    run.write(want="puased", pinned="O")
    if is_seen:
        run.step()
        assert run.controller.state.is_paused
    controller = world.open(run.controller.task_id)
    next(controller.run())
    assert controller.state.is_paused
    assert controller.state.pinned == {0}


def test_what_a_save_wiped_while_no_controller_was_there_still_holds(world: World):
    run = Run(world, limits={"total_tasks": 9})
    run.write(total_tasks="4", want="paused")
    run.step()
    properties_then = {"controller": run.told["controller"], "mine": "x"}  # a form of before these wishes
    items = [{"section": "properties", "name": name, "value": text} for name, text in properties_then.items()]
    task = run.controller.task_id
    world.api("tasks.edit_hyper_params", task=task, hyperparams=items, replace_hyperparams="section")
    controller = world.open(run.controller.task_id)
    next(controller.run())
    assert controller.state.is_paused
    assert controller.state.config.limits.total_tasks == 4


@pytest.mark.parametrize("form", ["empty", "as in the beginning"])
def test_what_an_old_form_replaced_while_no_controller_was_there_still_holds(
    world: World, form: str, caplog: pytest.LogCaptureFixture
):
    world.hire(1)
    run = Run(world, max_concurrent_tasks=1, limits={"total_tasks": 9, "total_minutes": 600})
    old = dict(run.told)
    world.advance(run.controller, lambda: len(run.controller.state.trials) > 4)
    run.write(retries="0", task_minutes="30")
    world.advance(run.controller, lambda: len(run.controller.state.trials) > 6)
    elapsed = run.controller.snapshot().elapsed_seconds
    items = [{"section": "properties", "name": n, "value": t} for n, t in old.items() if form != "empty"]
    task = run.controller.task_id
    mine = {"section": "properties", "name": "mine", "value": "x"}
    world.api("tasks.edit_hyper_params", task=task, hyperparams=[*items, mine], replace_hyperparams="section")
    again = world.open(task)
    next(again.run())
    assert again.state.config.failures.retries == 0
    assert again.state.config.limits.task_minutes == 30
    assert again.snapshot().elapsed_seconds > elapsed - 61
    assert "the user properties of this run were replaced" in caplog.text


def test_what_was_refused_before_a_restart_is_not_refused_again(world: World):
    run = Run(world, limits={"total_tasks": 9})
    run.write(totl="5")
    run.step()
    before = run.told["hpo_answer"]
    next(world.open(run.controller.task_id).run())
    assert run.told["hpo_answer"] == before


def test_no_limit_after_a_slip_is_answered(world: World):
    run = Run(world, limits={"total_tasks": 9})
    for text in ("9", "nan", "none"):
        run.write(task_minutes=text)
        run.step()
    assert run.answer == "hpo_task_minutes: 9 → without limit"


def test_what_was_wiped_in_a_pause_is_there_again_with_the_next_look(world: World):
    run = Run(world, limits={"total_tasks": 9})
    run.write(want="paused")
    run.step(40)
    run.save_form(mine="x")
    run.step(1)
    assert run.told["hpo_want"] == "paused"
    assert "controller" in run.told


@pytest.mark.usefixtures("living_controllers")
def test_a_wish_that_another_one_replaces_before_it_is_heeded_is_not_waited_for(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    run = Run(world, limits={"total_tasks": 2})

    class Impatient(SystemClock):
        def wait(self, seconds: float) -> None:
            run.write(want="running")

    monkeypatch.setattr(steering, "SystemClock", Impatient)
    instance = HpoInstance(run.controller.task_id, client=world.client)
    assert instance.pause().text == "another wish came after it"
    with pytest.raises(HpoError, match="must answer within 60 s"):
        instance.add_trial({"Args/rate": 0.5, "Args/units": 3})


def test_what_was_changed_as_asked_is_among_the_decisions(world: World):
    run = Run(world, limits={"total_tasks": 9})
    run.write(total_tasks="5")
    run.step()
    run.write(total_tasks="none at all", want="paused")
    run.step()
    done = run.controller.state.decisions
    told = [(each.what, each.reason) for each in done if each.number is None]
    assert told == [("as asked", "total_tasks: 9 → 5"), ("as asked", "want: paused, the running trials go on")]
