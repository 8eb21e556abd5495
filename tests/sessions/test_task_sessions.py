"""The SDK's tasks: what a script reports, keeps and reads back."""

import pytest
import requests
from bench import Bench


def test_what_a_script_reports_is_read_back(bench: Bench) -> None:
    seen = bench.run("report_everything.py")
    task = bench.task(seen["id"])
    assert (seen["status"], seen["iteration"], seen["comment"]) == ("completed", 4, "a comment")
    assert seen["tags"] == ["first", "second"]
    assert (seen["progress"], task["script"]["entry_point"]) == (40, "report_everything.py")
    assert seen["configuration"] == {"seed": 7}
    assert seen["properties"] == {"owner": "me", "rank": "3"}
    assert seen["parameters"] == {
        "Args/lr": 0.25,
        "Args/layers": 2,
        "Model/depth": 3,
        "Model/nested/name": "a b",
        "Model/flag": True,
        "properties/owner": "me",
        "properties/rank": 3,
    }
    assert seen["last"]["loss"]["train"] == {"last": 0.2, "min": 0.2, "max": 1.0}
    assert seen["curve"]["x"] == [0, 1, 2, 3, 4]
    assert (seen["single"], seen["one"], seen["all_scalars"]) == ({"final": 0.5}, 0.5, ["Summary", "loss"])
    assert seen["plots"] == ["a histogram", "a matrix", "a scatter", "a table"]
    assert "said on the console" in seen["console"] and "said by the logger" in seen["console"]
    (image,) = seen["samples"]
    assert image.startswith(bench.address.files_host)
    keys = (bench.address.access_key, bench.address.secret_key)
    assert requests.get(image, auth=keys, timeout=10).content.startswith(b"\xff\xd8")


def test_artifacts_of_several_types_come_back_as_they_were(bench: Bench) -> None:
    seen = bench.run("keep_artifacts.py")
    kept = {name: seen[name] for name in ("dictionary", "array", "text", "file", "folder", "image", "object")}
    assert kept == {
        "dictionary": {"k": [1, 2]},
        "array": [[0, 1, 2], [3, 4, 5]],
        "text": "a text",
        "file": "from a file",
        "folder": {"a.txt": "a", "b.txt": "b"},
        "image": [4, 3],
        "object": [1, 2, 3],
    }
    assert (seen["names"], seen["removed"]) == (sorted(kept), True)
    assert (seen["metadata"], seen["hashes"]) == ({"made": "here"}, [64])
    stored = bench.task(seen["id"])["execution"]["artifacts"]
    assert {row["key"]: row["type"] for row in stored} == seen["types"]
    assert all(row["mode"] == "output" and row["uri"] and row["content_size"] for row in stored)


def test_a_model_goes_from_the_task_that_makes_it_to_one_that_uses_it(bench: Bench) -> None:
    bench.refusals.add("models.delete 400")
    seen = bench.run("keep_models.py")
    assert seen["outputs"] == [seen["model"], seen["draft"]]
    assert seen["inputs"] == ["from elsewhere", "the model"]
    assert seen["found"] == [[seen["model"], "the model", ["fresh"], "PyTorch", True]]
    assert (seen["weights"], seen["labels"], seen["design"]) == ("weights", {"cat": 1}, {"layers": 2})
    assert seen["metadata"] == {"quality": {"key": "quality", "type": "float", "value": "0.5"}}
    assert seen["task"] == seen["maker"]
    assert seen["elsewhere"] == ["file:///elsewhere.bin"]
    assert (seen["refused"], seen["deleted"], seen["left"]) == (True, True, 0)
    draft = bench.api("models.get_by_id", model=seen["draft"])["model"]
    values = [value["value"] for metric in draft["last_metrics"].values() for value in metric.values()]
    assert (draft["last_iteration"], values) == (3, [0.75])


def test_a_script_that_runs_again_reuses_continues_or_leaves_its_task(bench: Bench) -> None:
    first, *_ = bench.run("run_again.py", "usual")
    assert bench.run("run_again.py", "usual") == [first, [0, 1, 2], 2]
    second, steps, _ = bench.run("run_again.py", "new")
    assert (second != first, steps) == (True, [0, 1, 2])
    assert bench.run("run_again.py", "continued") == [second, [0, 1, 2, 3, 4, 5], 5]
    assert bench.run("run_again.py", "continued at 100") == [second, [0, 1, 2, 3, 4, 5, 100, 101, 102], 102]
    assert bench.run("run_again.py", "usual", first) == [first, [0, 1, 2], 2]


def test_a_person_edits_clones_queues_marks_moves_and_deletes_tasks(bench: Bench) -> None:
    seen = bench.run("manage_tasks.py")
    assert seen["script"] == ["other.py", "print(1)", "scipy"]
    assert seen["docker"] == "an/image -e A=1"
    assert (seen["parameters"], seen["parents"]) == ({"Args/lr": "0.5", "Args/new": "x"}, True)
    assert (seen["enqueued"][0], seen["dequeued"]) == ("queued", ["created"] * 4)
    assert seen["started"] == ["in_progress"] * 4
    assert seen["marked"] == ["completed", "failed", "stopped", "in_progress"]
    assert seen["texts"] == ["a reason", "a message"]
    assert seen["after"] == ["published", "failed", "created", "in_progress"]
    assert (seen["archived"], seen["moved"], seen["deleted"]) == (["renamed", True], ["clone 1"], True)
    assert seen["left"] == ["clone 0", "clone 1", "renamed"]
    assert seen["imported"] == ["imported", True, "0.1"]


def test_tasks_are_found_by_whatever_the_sdk_can_look_by(bench: Bench) -> None:
    assert bench.run("find_tasks.py") == {
        "project": ["blue", "green", "orange", "red"],
        "below": ["blue", "green", "orange", "red", "reddish"],
        "by_name": ["red"],
        "by_exact_name": True,
        "by_tag": ["orange", "red"],
        "by_any_tag": ["green", "orange", "red"],
        "by_all_tags": ["orange"],
        "without_tag": ["red"],
        "by_status": ["green", "red"],
        "by_parent": ["reddish"],
        "by_ids": ["red", "reddish"],
        "unarchived": ["green", "orange", "red"],
        "pattern": ["green", "red"],
        "queried": True,
        "rows": [["orange", "6"], ["green", "5"], ["blue", "4"], ["red", "3"]],
        "projects": ["sessions/finding", "sessions/finding/inside"],
        "project_id": True,
    }


def test_what_was_done_offline_is_imported_whole(bench: Bench) -> None:
    folder = bench.run("work_offline.py", "work")
    seen = bench.run("work_offline.py", "import", folder)
    assert bench.task(seen.pop("id"))["type"] == "training"
    assert seen == {
        "name": "works offline",
        "status": "completed",
        "parameters": {"General/rate": "0.5"},
        "curve": [0, 1, 2],
        "plots": ["a table"],
        "artifact": {"k": 1},
        "console": True,
    }


@pytest.mark.long
def test_a_script_with_the_sdks_default_settings_is_recorded_whole(bench: Bench) -> None:
    (bench.folder / "clearml.conf").unlink()
    key = bench.run("train_plainly.py")
    task = bench.task(key)
    assert (task["status"], task["last_iteration"]) == ("completed", 2)
    curve = bench.api("events.scalar_metrics_iter_histogram", task=key)["loss"]["train"]
    assert curve["x"] == [0, 1, 2]
    assert "said plainly" in bench.console(key)
