"""Whole runs on an embedded server, over a real socket, with simulated workers."""

import csv
import io
import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
import requests
from simulated_worker import Behaviour
from simulation import LOSS, SIZE, World, arguments, loss_of, properties

from clearml_hpo_app.config import from_export, to_export
from clearml_hpo_app.controller import run
from clearml_hpo_app.dashboard import names
from clearml_hpo_app.errors import SuggestionPending
from clearml_hpo_app.space.values import Value
from clearml_hpo_app.strategies import Strategy, make_strategy
from clearml_hpo_app.trials.trial import Trial, TrialState, Verdict


def by_number(*behaviours: Behaviour) -> Any:
    """Return a script in which trial n does `behaviours[n]`, and later ones what the last does."""
    return lambda number, texts: behaviours[min(number, len(behaviours) - 1)]


def worth(value: float, **more: Any) -> Behaviour:
    return Behaviour(value=lambda iteration: value, **more)


def test_a_run_tries_all_trials_and_says_so(world: World):
    world.hire(2)
    controller = world.run(limits={"total_tasks": 6})
    assert world.statuses(controller.task_id) == ["completed"] * 6
    assert world.numbers(controller.task_id) == list(range(6))
    task = world.api.task(controller.task_id)
    assert (task["status"], task["status_message"]) == ("completed", "All 6 trials have run.")
    assert properties(task)["reason"] == "All 6 trials have run."
    assert controller.finished.is_set()


def test_a_trial_is_the_base_task_with_its_parameters(world: World):
    world.hire()
    controller = world.run(limits={"total_tasks": 2}, trial={"tags": ["night"]})
    for number, task in enumerate(world.trials(controller.task_id)):
        texts = arguments(task)
        known = controller.state.trials[number].parameters
        assert (float(texts["rate"]), int(texts["units"])) == (known["Args/rate"], known["Args/units"])
        assert (texts["name"], properties(task)["owner"]) == ("plain", "ann")
        assert task["name"] == f"base: trial {number}"
        assert sorted(set(task["tags"]) - {"best"}) == ["night", f"opt: {controller.task_id}", "optimization"]


def test_the_output_destination_is_set_before_a_trial_is_queued(world: World):
    world.hire()
    controller = world.run(limits={"total_tasks": 1}, trial={"output_uri": "s3://models"})
    [task] = world.trials(controller.task_id)
    assert (task["output"]["destination"], task["status"]) == ("s3://models", "completed")


def test_results_are_kept_with_the_task(world: World):
    world.hire(2)
    controller = world.run(limits={"total_tasks": 5})
    task = world.api.task(controller.task_id)
    artifacts = {artifact["key"]: artifact for artifact in task["execution"]["artifacts"]}
    auth = (world.address.access_key, world.address.secret_key)
    table, best = (requests.get(artifacts[key]["uri"], auth=auth, timeout=10).text for key in ("trials", "best"))
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [row["number"] for row in rows] == ["0", "1", "2", "3", "4"]
    top = min(rows, key=lambda row: float(row["val/loss"]))
    assert json.loads(best)["trial"]["task_id"] == top["task id"]
    assert json.loads(best)["status"] == "completed"
    assert task["runtime"]["progress"] == "100"
    exported = json.loads(task["configuration"]["Configuration"]["value"])
    assert from_export(exported) == controller.state.config
    assert exported == to_export(controller.state.config, "1")


def test_slots_are_filled_and_never_overfilled(world: World):
    world.hire(3)
    controller = world.begin(max_concurrent_tasks=2, limits={"total_tasks": 6})
    for _ in controller.run():
        found = world.statuses(controller.task_id)
        assert sum(status in {"queued", "in_progress", "created"} for status in found) <= 2
    assert len(world.trials(controller.task_id)) == 6


def test_trials_that_end_badly_do_not_stop_a_run(world: World):
    fails, silent = Behaviour(ending="failed"), Behaviour(value=lambda iteration: None)
    world.hire(2, by_number(fails, silent, Behaviour()))
    controller = world.run(limits={"total_tasks": 5})
    trials = controller.state.trials
    assert [trial.verdict for trial in trials.values()][:3] == [
        Verdict.FAILED,
        Verdict.NO_METRIC,
        Verdict.COMPLETED,
    ]
    assert trials[1].reason == "it never reported val/loss; it reported no metric at all"
    assert controller.ended is not None
    assert controller.ended.reason == "All 5 trials have run."


def test_a_trial_that_a_person_aborts_deletes_or_resets_does_not_stop_a_run(world: World):
    world.hire(4, by_number(*[Behaviour(iterations=30)] * 4, Behaviour()))
    controller = world.begin(max_concurrent_tasks=4, limits={"total_tasks": 6})
    active = controller.state.active
    turns = world.advance(controller, lambda: sum(t.state is TrialState.RUNNING for t in active.values()) == 4)
    ids = [controller.state.trials[number].task_id for number in range(4)]
    world.api("tasks.stop", task=ids[0])
    world.api("tasks.delete", task=ids[1], force=True)
    world.api("tasks.reset", task=ids[2])
    world.api(
        "tasks.edit_hyper_params",
        task=ids[3],
        hyperparams=[{"section": "properties", "name": "mine", "value": "1"}],
        replace_hyperparams="section",
    )
    list(turns)
    ends = [(trial.verdict, trial.reason) for trial in controller.state.trials.values()]
    assert ends[1:3] == [
        (Verdict.DELETED, "its task was deleted by a person"),
        (Verdict.ABORTED, "reset by a person"),
    ]
    assert ends[0][0] is Verdict.ABORTED
    assert [verdict for verdict, _ in ends[3:]] == [Verdict.COMPLETED] * 3
    assert controller.ended is not None
    assert controller.ended.reason == "All 6 trials have run."


def test_limits_stop_trials_with_verdict_and_reason_everywhere(world: World):
    world.hire(2, by_number(Behaviour(iterations=40), Behaviour(iterations=60, seconds=4.0)))
    controller = world.begin(limits={"total_tasks": 2, "max_iterations": 10, "task_minutes": 0.5})
    world.finish(controller)
    first, second = world.trials(controller.task_id)
    assert properties(first)["verdict"] == "max iterations"
    assert properties(first)["reason"].endswith("the limit is 10 iterations")
    assert properties(second)["verdict"] == "task time limit"
    assert properties(second)["reason"].endswith("the limit is 0.5 minutes")
    assert first["last_iteration"] >= 10
    assert first["status"] == second["status"] == "stopped"
    [summary] = world.plots_of(controller.task_id)["Summary"]
    text = json.dumps(summary, ensure_ascii=False)
    assert "the limit is 10 iterations" in text
    assert "the limit is 0.5 minutes" in text
    best = controller.snapshot().best
    assert best is not None
    assert best.verdict in {Verdict.MAX_ITERATIONS, Verdict.TASK_TIME}


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"total_minutes": 1.5}, "The limit of 1.5 minutes of total optimization time is reached."),
        ({"compute_minutes": 2.0}, "The limit of 2 minutes of total compute time is reached."),
    ],
)
def test_limits_of_the_run_stop_what_runs_and_end_it(world: World, limits: Mapping[str, float], reason: str):
    world.hire(2, by_number(Behaviour(iterations=34)))
    controller = world.run(limits=limits)
    assert controller.ended is not None
    assert (controller.ended.status, controller.ended.reason) == ("completed", reason)
    assert not controller.state.active
    stopped = [t for t in controller.state.trials.values() if t.verdict is Verdict.RUN_ENDED]
    assert stopped
    assert {trial.reason for trial in stopped} == {f"stopped because the run ended: {reason}"}
    task = world.api.task(controller.task_id)
    assert (task["status"], task["status_message"]) == ("completed", reason)
    snapshot = controller.snapshot()
    spent = snapshot.elapsed_seconds if "total_minutes" in limits else snapshot.compute_seconds
    assert 60 * next(iter(limits.values())) <= spent < 60 * next(iter(limits.values())) + 30


def test_a_queued_trial_is_no_older_for_waiting(world: World):
    controller = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 1, "task_minutes": 0.5})
    turns = controller.run()
    begin = world.clock.now()
    for _ in turns:
        if (world.clock.now() - begin).total_seconds() > 120:
            break
    world.hire()
    list(turns)
    assert world.statuses(controller.task_id) == ["completed"]


def test_the_rest_of_the_top_is_archived_with_its_status_texts(world: World):
    losses = [5.0, 1.0, 4.0, 2.0, 3.0]
    world.hire(1, by_number(*(worth(loss) for loss in losses)))
    controller = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 5, "top_tasks_to_keep": 2})
    for _ in controller.run():
        ended = [t for t in world.trials(controller.task_id) if t["status"] == "completed"]
        assert all("archived" not in t["system_tags"] for t in world.trials(controller.task_id) if t not in ended)
    trials = world.trials(controller.task_id)
    assert ["archived" in task["system_tags"] for task in trials] == [True, False, True, False, True]
    assert {task["status_reason"] for task in trials} == {"by its script"}
    assert [trial.archived for trial in controller.state.trials.values()] == [True, False, True, False, True]


def test_a_trial_that_enters_the_top_again_is_restored_with_its_status_texts(world: World):
    world.hire(1, by_number(worth(1.0), worth(2.0), worth(3.0), worth(9.0)))
    controller = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 6, "top_tasks_to_keep": 2})
    world.advance(controller, lambda: 2 in controller.state.archived_by_us)
    world.api("tasks.delete", task=controller.state.trials[0].task_id, force=True)
    again = world.open(controller.task_id)
    world.finish(again)
    trials = {properties(task)["hpo_trial"]: task for task in world.trials(controller.task_id)}
    assert "archived" not in trials["2"]["system_tags"]
    assert trials["2"]["status_reason"] == "by its script"
    assert sorted(trials) == ["1", "2", "3", "4", "5"]
    assert "archived" in trials["3"]["system_tags"]


def test_what_a_person_archived_stays_archived(world: World):
    world.hire(1, by_number(worth(1.0), worth(2.0), worth(3.0)))
    controller = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 8, "top_tasks_to_keep": 2})
    world.advance(controller, lambda: 4 in controller.state.archived_by_us)
    best = controller.state.trials[0].task_id
    world.api("tasks.archive", tasks=[best])
    again = world.open(controller.task_id)
    world.finish(again)
    assert "archived" in world.api.task(best)["system_tags"]


def test_several_objectives(world: World):
    def script(number: int, texts: Mapping[str, str]) -> Behaviour:
        return Behaviour(value=lambda i: float(texts["rate"]), second=lambda i: float(texts["units"]))

    world.hire(2, script)
    controller = world.run(objectives=[LOSS, SIZE], limits={"total_tasks": 8, "top_tasks_to_keep": 3})
    values = [trial.values for trial in controller.state.trials.values()]
    assert all(value is not None and len(value) == 2 for value in values)
    kept = [trial.number for trial in controller.state.trials.values() if not trial.archived]
    assert kept == sorted(trial.number for trial in controller.snapshot().ranked[:3])


@pytest.mark.parametrize("method", ["grid", "random", "quasi-random", "bayesian"])
def test_a_finite_space_ends_by_itself(world: World, method: str):
    world.hire(2)
    units = {"type": "uniform", "name": "Args/units", "min": 1, "max": 3}
    rate = {"type": "discrete", "name": "Args/rate", "values": [0.1, 0.2]}
    controller = world.run(method=method, parameters=[units, rate])
    points = {(arguments(t)["units"], arguments(t)["rate"]) for t in world.trials(controller.task_id)}
    assert len(points) == len(world.trials(controller.task_id)) == 6
    assert controller.ended is not None
    assert controller.ended.reason == "All 6 points of the search space were tried."
    assert controller.ended.status == "completed"


def test_each_plot_title_has_one_plot_after_many_reports(world: World):
    world.hire(
        1,
        lambda number, texts: Behaviour(
            iterations=4, seconds=5.0, value=lambda i: loss_of(number, texts).value(i)
        ),
    )
    controller = world.run(max_concurrent_tasks=1, limits={"total_tasks": 26})
    assert controller.client.calls["events.add_batch"] >= 40
    plots = world.plots_of(controller.task_id)
    one_objective = {name.title for name in names.PLOTS} - {names.PARETO_FRONT.title}
    assert {title: len(found) for title, found in plots.items()} == dict.fromkeys(one_objective, 1)


def test_the_best_trial_is_tagged_and_its_models_are_listed_also_when_another_one_becomes_the_best(world: World):
    def script(number: int, texts: Mapping[str, str]) -> Behaviour:
        return worth(10.0 - number)

    world.hire(1, script)
    controller = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 2})
    turns = world.advance(controller, lambda: 1 in controller.state.trials)
    made = world.api("models.create", name="weights", uri="s3://models/weights.pt", framework="Custom")["id"]
    world.api(
        "tasks.add_or_update_model",
        task=controller.state.trials[1].task_id,
        name="weights",
        type="output",
        model=made,
    )
    list(turns)
    assert [("best" in task["tags"]) for task in world.trials(controller.task_id)] == [False, True]
    assert best_of(world, controller.task_id)["models"] == [
        {"id": made, "name": "weights", "address": "s3://models/weights.pt"}
    ]
    items = [{"section": "properties", "name": "hpo_total_tasks", "value": "3"}]
    world.api("tasks.edit_hyper_params", task=controller.task_id, hyperparams=items)
    world.api("tasks.started", task=controller.task_id, force=True)
    world.finish(world.open(controller.task_id))
    assert [("best" in task["tags"]) for task in world.trials(controller.task_id)] == [False, False, True]
    assert best_of(world, controller.task_id)["models"] == []


def best_of(world: World, task_id: str) -> Any:
    artifacts = {item["key"]: item["uri"] for item in world.api.task(task_id)["execution"]["artifacts"]}
    token = world.api("auth.login")["token"]
    return requests.get(artifacts["best"], headers={"Authorization": f"Bearer {token}"}, timeout=10).json()


class Hesitant:
    """A strategy whose suggestions are pending twice, each time."""

    def __init__(self, strategy: Strategy) -> None:
        self._strategy = strategy
        self._asked: Counter[int] = Counter()

    def observe(self, trial: Trial) -> None:
        self._strategy.observe(trial)

    def suggest(self, number: int) -> dict[str, Value]:
        self._asked[number] += 1
        if self._asked[number] < 3:
            raise SuggestionPending(f"trial {number}")
        return self._strategy.suggest(number)


def test_a_suggestion_that_takes_longer_than_a_turn_is_waited_for_and_nothing_else_is(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(run, "make_strategy", lambda *what, **more: Hesitant(make_strategy(*what)))
    world.hire(2)
    controller = world.run(limits={"total_tasks": 5})
    assert world.statuses(controller.task_id) == ["completed"] * 5
    assert controller.ended is not None
    assert controller.ended.reason == "All 5 trials have run."
