"""What the page does for those who ask it, over the embedded server: without a browser."""

import json
import re

import pytest
from web_stage import Stage, Visitor


def status(stage: Stage, task: str) -> str:
    return str(stage.api("tasks.get_by_id", task=task)["task"]["status"])


def test_the_application_comes_with_its_form_its_defaults_and_its_dashboard(visitor: Visitor):
    told = visitor.get("/api/application").json()
    assert told["name"] == "Hyperparameter Optimization"
    assert told["form"][0]["name"] == "base_task_id" and told["form"][0]["source"]["kind"] == "task"
    assert told["defaults"]["method"] == "bayesian"
    assert [panel["title"] for line in told["lines"] for panel in line["panels"]][-1] == "Log"


def test_choices_are_looked_up_by_a_part_of_a_name(stage: Stage, visitor: Visitor):
    (found,) = visitor.get("/api/choices?field=base_task_id&text=dig").json()
    assert found == {"value": stage.base_task, "label": "digits", "detail": "CLI tests · completed"}


def test_queues_say_how_many_workers_serve_them(visitor: Visitor):
    details = {each["label"]: each["detail"] for each in visitor.get("/api/choices?field=execution_queue").json()}
    assert re.fullmatch("1 worker|[2-9] workers", details["trials"]), "other tests hire some too"
    assert details["nobody"] == "no worker"


def test_a_base_task_offers_its_parameters_and_metrics(stage: Stage, visitor: Visitor):
    told = visitor.get(f"/api/base-task?id={stage.base_task}").json()
    rows = {each["row"]["name"]: each["row"] for each in told["parameters"]}
    assert rows["Args/lr"]["scale"] == "log" and rows["Args/lr"]["type"] == "uniform"
    assert rows["General/mode"] == {"type": "fixed", "name": "General/mode", "value": "plain"}
    assert {"title": "val", "series": "accuracy", "trend": "max"} in told["metrics"]


def test_violations_stand_beside_the_fields_that_they_are_about(stage: Stage, visitor: Visitor):
    values = stage.form_values(total_tasks="none at all")
    values["parameters"][0]["min"] = "small"
    told = visitor.post("/api/validate", {"values": values}).json()
    assert set(told["violations"]) == {"total_tasks", "parameters.0.min"}


def test_a_form_in_order_has_no_violations(stage: Stage, visitor: Visitor):
    assert visitor.post("/api/validate", {"values": stage.form_values()}).json()["violations"] == {}


def test_the_check_tells_of_a_queue_without_workers_and_of_an_unknown_metric(stage: Stage, visitor: Visitor):
    values = stage.form_values(execution_queue="nobody")
    values["objectives"][0]["series"] = "acuracy"
    found = visitor.post("/api/check", {"values": values}).json()
    assert any("accuracy" in sentence for sentence in found["errors"])
    assert any("nobody" in sentence for sentence in [*found["errors"], *found["warnings"]])
    assert found["space"] == "continuous"


def test_the_worker_that_would_run_the_controller_is_not_there_for_trials(stage: Stage, visitor: Visitor):
    values = stage.form_values()
    elsewhere, there = (
        visitor.post("/api/check", {"values": values, "queue": queue}).json() for queue in ("services", "trials")
    )
    assert there["workers"] == elsewhere["workers"] - 1
    said = any("The only worker of the queue 'trials'" in sentence for sentence in there["warnings"])
    assert said is (there["workers"] == 0)


def test_a_run_that_was_stopped_is_carried_on_by_a_queue_and_one_that_goes_on_is_not(
    stage: Stage, visitor: Visitor
):
    task = stage.running(title="To be carried on")
    refused = visitor.post(f"/api/instances/{task}/carry-on", {"queue": "trials"})
    assert (refused.status_code, "must have ended" in refused.json()["text"]) == (409, True)
    stage.api("tasks.stopped", task=task)
    assert "queue nobody" in visitor.post(f"/api/instances/{task}/carry-on", {"queue": "nobody"}).json()["told"]
    assert status(stage, task) == "queued"
    stage.api("tasks.dequeue", task=task)


def test_a_launch_to_a_queue_creates_an_instance_that_waits_there(stage: Stage, visitor: Visitor):
    answer = visitor.post("/api/launch", {"values": stage.form_values(name="From the page"), "queue": "trials"})
    assert answer.status_code == 200, answer.text
    task = answer.json()["id"]
    assert status(stage, task) == "queued"
    visitor.post(f"/api/instances/{task}/stop", {"now": True})
    assert status(stage, task) == "stopped"


def test_a_launch_with_violations_creates_nothing_and_says_where_they_are(stage: Stage, visitor: Visitor):
    before = stage.api.count_tasks()
    answer = visitor.post("/api/launch", {"values": stage.form_values(base_task_id=""), "queue": "trials"})
    assert answer.status_code == 422
    assert "base_task_id" in answer.json()["violations"]
    assert stage.api.count_tasks() == before


def test_an_export_that_is_dropped_fills_the_form_as_the_clone_does(stage: Stage, visitor: Visitor):
    task = stage.draft(title="Goes round")
    exported = visitor.get(f"/api/instances/{task}/export")
    assert "attachment" in exported.headers["content-disposition"]
    dropped = visitor.post("/api/import", {"text": exported.text, "name": "there.json"}).json()
    cloned = visitor.get(f"/api/instances/{task}/values").json()
    assert dropped["values"] == cloned["values"]
    assert dropped["lost"] == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"configuration": 3}', "a: [1"])
def test_a_file_that_is_no_configuration_is_refused_in_a_sentence(visitor: Visitor, text: str):
    answer = visitor.post("/api/import", {"text": text, "name": "photo.json"})
    assert answer.status_code == 422
    assert answer.json()["text"].rstrip().endswith((".", ":")) or answer.json()["text"]


def test_an_address_of_a_task_is_imported_as_the_task(stage: Stage, visitor: Visitor):
    task = stage.draft(title="By its address")
    address = f"{stage.address.web_host}/projects/{'0' * 32}/tasks/{task}/output/log"
    assert visitor.post("/api/import", {"id": address}).json()["values"]["job_title"] == "By its address"


@pytest.mark.parametrize("name", [{"a": 1}, None, 3, "\u202e\x00"])
def test_what_is_no_name_renames_nothing(stage: Stage, visitor: Visitor, name: object):
    task = stage.draft(title="As it is")
    assert visitor.post(f"/api/instances/{task}/rename", {"name": name}).status_code == 422
    assert visitor.get(f"/api/instances/{task}/configuration").json()["name"] == "As it is"


def test_an_instance_is_renamed_and_deleted(stage: Stage, visitor: Visitor):
    task = stage.draft()
    assert "Renamed" in visitor.post(f"/api/instances/{task}/rename", {"name": "Renamed"}).json()["told"]
    assert visitor.get(f"/api/instances/{task}/configuration").json()["name"] == "Renamed"
    assert visitor.get(f"/api/instances/{task}/what-goes").json()["trials"] == 0
    assert visitor.post(f"/api/instances/{task}/delete").status_code == 200
    assert stage.api("tasks.get_all", id=[task])["tasks"] == []


def test_clearing_takes_the_completed_ones_and_none_that_goes_on_or_can_be_carried_on(
    stage: Stage, visitor: Visitor
):
    ended, goes_on, stopped = (stage.running(title=title) for title in ("Ended", "Goes on", "Stopped"))
    stage.api("tasks.completed", task=ended)
    stage.api("tasks.stopped", task=stopped)
    answer = visitor.post("/api/clear-completed", {"ids": [ended, goes_on, stopped]})
    assert answer.json()["told"] == "One was deleted; its trials stay."
    left = stage.api("tasks.get_all", id=[ended, goes_on, stopped])["tasks"]
    assert {task["id"] for task in left} == {goes_on, stopped}
    stage.api("tasks.stopped", task=goes_on, force=True)


def test_an_instance_that_is_no_more_is_told_of_as_such(visitor: Visitor):
    answer = visitor.post(f"/api/instances/{'0' * 32}/rename", {"name": "Nobody"})
    assert answer.json()["kind"] == "gone"


def test_the_open_page_gets_the_list_and_what_the_task_reported(stage: Stage, visitor: Visitor):
    task = stage.running(title="Watched")
    stage.report_table(task, "<img src=x onerror=alert(1)>")
    lists = (value for name, value in visitor.parts() if name == "list")
    shown = next(row for rows in lists for row in rows if row["id"] == task)
    assert shown["name"] == "Watched" and shown["mine"]
    figure = visitor.part("panel/3.0", task)["figure"]
    assert figure["data"][0]["cells"]["values"][1] == ["<img src=x onerror=alert(1)>"]
    stage.api("tasks.stopped", task=task, force=True)


def test_an_open_page_is_told_when_its_instance_is_deleted(stage: Stage, visitor: Visitor):
    task = stage.draft(title="Short-lived")
    seen = []
    for name, value in visitor.parts(task):
        if name == "head":
            seen.append(value)
            if len(seen) == 2:
                break
            stage.api("tasks.delete", task=task, force=True)
    assert seen[1] == {"gone": True}


def test_credentials_are_in_nothing_that_the_page_sends(stage: Stage, visitor: Visitor):
    task = stage.draft()
    texts = [
        visitor.get(path).text
        for path in ("/", "/api/application", "/api/places", f"/api/instances/{task}/configuration")
    ]
    pushed = []
    for name, value in visitor.parts(task):
        pushed.append(json.dumps(value))
        if name == "read":
            break
    everything = "".join([*texts, *pushed])
    assert stage.address.secret_key not in everything
    assert stage.address.access_key not in everything
