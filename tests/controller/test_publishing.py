"""The run's page among ClearML's reports."""

from datetime import timedelta

import pytest
from simulated_worker import Behaviour
from simulation import World
from wiretap import wiretap

from clearml_hpo_app.controller.loop import Controller
from clearml_hpo_app.controller.reporting.publishing import RUNTIME_REPORT
from clearml_hpo_app.instances.instance import HpoInstance


def report_of(world: World, task_id: str):
    key = world.api.task(task_id)["runtime"].get(RUNTIME_REPORT)
    found = world.api("reports.get_all_ex", id=[key])["tasks"] if key else []
    return found[0] if found else None


def test_a_run_has_a_page_that_its_description_names_and_that_is_up_to_date_at_the_end(world: World):
    world.hire(2)
    controller = world.begin(limits={"total_tasks": 3})
    turns = world.advance(controller, lambda: report_of(world, controller.task_id) is not None)
    begun = report_of(world, controller.task_id)
    assert "0 of 3 trials have ended" in begun["report"].replace("\\", "")
    list(turns)
    told = report_of(world, controller.task_id)
    task = world.api.task(controller.task_id)
    assert f"/{told['id']}" in task["comment"]
    assert task["comment"].startswith("Optimization of val/loss")
    assert "**completed**" in told["report"] and "Best trial" in told["report"]
    assert f"/widgets/?type=plot&objectType=task&objects={controller.task_id}&metrics=Timeline" in told["report"]
    assert f"filter=parent.name:{controller.task_id}" in told["report"]


def test_the_text_of_a_page_follows_what_ends_every_other_minute_at_most(world: World):
    world.hire(2, lambda number, texts: Behaviour(iterations=20, seconds=3.0))
    controller = world.begin(limits={"total_tasks": 12})
    turns = world.advance(controller, lambda: controller.state.results >= 6)
    elapsed = controller.state.elapsed_seconds(world.clock.now())
    told = report_of(world, controller.task_id)["report"].replace("\\", "")
    assert "0 of 12 trials have ended" not in told and "of 12 trials have ended" in told
    assert 1 <= controller.client.calls["reports.update"] <= elapsed / 120 + 1
    list(turns)


def test_the_text_of_a_page_of_a_run_that_waits_is_brought_up_to_date_every_hour(world: World):
    controller = world.begin(limits={"total_tasks": 3})
    turns = world.advance(controller, lambda: report_of(world, controller.task_id) is not None)
    before = report_of(world, controller.task_id)["report"]
    begun = world.clock.now()
    while world.clock.now() < begun + timedelta(hours=3, minutes=5):
        next(turns)
    assert 2 <= controller.client.calls["reports.update"] <= 3, "a run that waits reports less often"
    assert report_of(world, controller.task_id)["report"] != before


def test_a_resumed_run_keeps_its_page(world: World):
    world.hire(2)
    first = world.begin(limits={"total_tasks": 4})
    world.advance(first, lambda: report_of(world, first.task_id) is not None)
    before = report_of(world, first.task_id)["id"]
    world.advance(first, lambda: first.state.results >= 1)
    world.clock.wait(60)
    again = world.open(first.task_id, world.connect(world.address))
    next(again.run())
    assert "0 of 4 trials" not in report_of(world, first.task_id)["report"].replace("\\", ""), "it is told anew"
    world.finish(again)
    assert report_of(world, first.task_id)["id"] == before
    assert "reports.create" not in again.client.calls


def test_a_run_without_a_page_is_as_good(world: World):
    world.hire(2)
    controller = world.run(limits={"total_tasks": 2}, report_page="off")
    assert report_of(world, controller.task_id) is None
    assert not any(name.startswith("reports.") for name in controller.client.calls)


def test_a_server_without_reports_is_told_of_once(world: World, caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO")
    world.hire(2)
    with wiretap(world.address) as tap:
        tap.refuses["reports.create"] = lambda body: True
        controller: Controller = world.open(world.instance(limits={"total_tasks": 3}), world.connect(tap.address))
        world.finish(controller)
    assert controller.client.calls["reports.create"] == 1
    assert sum("without a report page" in line for line in caplog.messages) == 1
    assert world.statuses(controller.task_id) == ["completed"] * 3


def test_a_run_that_is_deleted_takes_its_page_along(world: World):
    world.hire(2)
    controller = world.run(limits={"total_tasks": 2})
    page = report_of(world, controller.task_id)["id"]
    HpoInstance(controller.task_id, client=world.client).delete(with_trials=True)
    assert world.api("reports.get_all_ex", id=[page])["tasks"] == []
