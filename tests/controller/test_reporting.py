"""The last report and the log survive what a server refuses or leaves without an answer."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from simulated_worker import Answer
from simulation import World, properties
from wiretap import Wiretap

from clearml_hpo_app.clearml_api.addresses import task_address, task_link
from clearml_hpo_app.controller.lease import AT_WORK
from clearml_hpo_app.controller.loop import Controller
from clearml_hpo_app.controller.reporting.sending import Journal
from clearml_hpo_app.instances.runner import _journal
from clearml_hpo_app.trials.trial import Trial, TrialState

END = "the run has ended: All 2 trials have run."


@pytest.fixture
def journal() -> Iterator[Journal]:
    with _journal() as journal:
        yield journal


def begin(world: World, tap: Wiretap, journal: Journal) -> Controller:
    world.hire(2)
    client = world.connect(tap.address)
    return world.open(world.instance(client, limits={"total_tasks": 2}), client, journal)


def artifacts_of(task: Answer) -> set[str]:
    return {artifact["key"] for artifact in task["execution"].get("artifacts", [])}


def has_event(**facts: str) -> Any:
    """Tell whether the body of a report holds an event with these facts."""

    def has(body: Any) -> bool:
        events = body if isinstance(body, list) else [body]
        return any(facts.items() <= event.items() for event in events)

    return has


def always(body: Any) -> bool:
    return True


def test_a_plot_that_is_refused_takes_nothing_else_with_it(
    world: World, tap: Wiretap, journal: Journal, caplog: pytest.LogCaptureFixture
):
    controller = begin(world, tap, journal)
    tap.refuses["events.add_batch"] = has_event(type="plot", metric="Summary")
    world.finish(controller)
    assert "the plot 'Summary' could not be reported: The server refused events.add_batch" in caplog.text
    plots = world.plots_of(controller.task_id)
    assert "Optimization Objective" in plots
    assert "Summary" not in plots
    log = world.log_of(controller.task_id)
    assert log.count("trial 0: Args/rate=") == log.count("trial 1 ended: completed") == log.count(END) == 1
    assert world.api("events.scalar_metrics_iter_histogram", task=controller.task_id)


@pytest.mark.parametrize(
    ("operation", "what"),
    [
        ("events.add_batch", "the log"),
        ("tasks.edit_runtime", "the progress"),
        ("tasks.edit_hyper_params", "the reason of the end"),
        ("tasks.add_or_update_artifacts", "the artifacts"),
    ],
)
def test_a_last_report_that_is_refused_does_not_make_the_run_fail(
    world: World, tap: Wiretap, journal: Journal, caplog: pytest.LogCaptureFixture, operation: str, what: str
):
    controller = begin(world, tap, journal)
    tap.refuses[operation] = always
    world.finish(controller)
    task = world.api.task(controller.task_id)
    assert (task["status"], task["status_message"]) == ("completed", "All 2 trials have run.")
    assert f"{what} could not be" in caplog.text
    assert artifacts_of(task) == (set() if "artifact" in what else {"trials", "best"})


def test_log_lines_that_are_refused_are_sent_later(world: World, tap: Wiretap, journal: Journal):
    controller = begin(world, tap, journal)
    tap.refuses["events.add_batch"] = has_event(type="log")
    turns = world.advance(controller, lambda: len(controller.state.trials) == 2)
    next(turns)
    assert world.log_of(controller.task_id) == ""
    assert "Summary" in world.plots_of(controller.task_id)
    del tap.refuses["events.add_batch"]
    list(turns)
    assert world.log_of(controller.task_id).count("trial 0: Args/rate=") == 1


@pytest.mark.parametrize("operation", ["tasks.completed", "tasks.add_or_update_artifacts", "events.add_batch"])
def test_a_run_has_ended_when_its_end_was_carried_out_and_says_so_once(
    world: World, tap: Wiretap, journal: Journal, caplog: pytest.LogCaptureFixture, operation: str
):
    caplog.set_level(logging.INFO)
    controller = begin(world, tap, journal)
    for turn in controller.run():
        if all(trial.state.is_final for trial in controller.state.trials.values()) and not turn.trouble:
            assert (controller.ended is not None) == (turn.finish is not None)
        elif turn.trouble:
            assert controller.ended is None
        if len(controller.state.trials) == 2:
            tap.lost.setdefault(operation, 1)
    assert tap.lost[operation] == 0
    assert caplog.text.count(END) == 1
    task = world.api.task(controller.task_id)
    assert (task["status"], artifacts_of(task)) == ("completed", {"trials", "best"})
    assert properties(task)["reason"] == "All 2 trials have run."


def test_addresses_open_the_plots_of_an_instance_and_the_scalars_of_a_trial() -> None:
    trial = Trial(0, "t", "trial 0", {}, TrialState.RUNNING, project="p")
    assert task_address("http://web", "p", "i") == "http://web/projects/p/experiments/i/info-output/metrics/plots"
    assert task_link("http://web")(trial) == "http://web/projects/p/experiments/t/info-output/metrics/scalar"
    assert task_address("http://web", "", "i").startswith("http://web/projects/*/experiments/i/")
    assert task_address("", "p", "i") == ""


def test_a_clock_that_was_set_back_does_not_silence_the_reports(
    world: World, tap: Wiretap, journal: Journal
) -> None:
    herald, now = begin(world, tap, journal).herald, world.clock.now()
    period = AT_WORK.reported_every
    moments = [timedelta(0), period - timedelta(seconds=1), period, -timedelta(days=1)]
    assert [herald._due("report", period, now + moment) for moment in moments] == [
        True,
        False,
        True,
        True,
    ]
