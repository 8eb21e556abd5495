"""Lists: filters, order, pages and fields, as a controller and the SDK ask for them."""

import hashlib
import re

import pytest
from api_calls import Api, Refused


def _md5(name: str) -> str:
    return hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()


@pytest.fixture
def family(api: Api) -> tuple[str, list[str]]:
    """A parent with four children: two tagged, one archived, the third one running with a metric."""
    parent = api.task("the parent", type="optimizer")
    tags = [["a"], ["a", "b"], [], ["b"]]
    children = [api.task(f"child {n}", parent=parent, tags=tags[n]) for n in range(4)]
    api("tasks.archive_many", ids=[children[3]])
    api("tasks.started", task=children[2])
    rows = [
        {
            "type": "training_stats_scalar",
            "task": children[2],
            "metric": "val",
            "variant": "loss",
            "iter": n,
            "value": v,
        }
        for n, v in enumerate([0.5, 0.25, 0.75])
    ]
    api.lines("events.add_batch", rows)
    return parent, children


def _names(api: Api, **query: object) -> list[str]:
    return [row["name"] for row in api("tasks.get_all", only_fields=["name"], order_by=["name"], **query)["tasks"]]


def test_the_one_poll_of_a_controller_answers_all_it_needs(api: Api, family: tuple[str, list[str]]) -> None:
    parent, children = family
    metric = f"last_metrics.{_md5('val')}.{_md5('loss')}"
    fields = ["id", "status", "last_iteration", "hyperparams.properties", metric]
    rows = api("tasks.get_all", id=[parent, *children], only_fields=fields, order_by=["name"])["tasks"]
    assert [row["id"] for row in rows] == [*children, parent]
    value = rows[2]["last_metrics"][_md5("val")][_md5("loss")]
    assert (value["value"], value["min_value"], value["min_value_iteration"]) == (0.75, 0.25, 1)
    assert rows[2]["last_iteration"] == 2
    assert rows[0] == {
        "id": children[0],
        "status": "created",
        "last_iteration": 0,
        "hyperparams": {},
        "last_metrics": {},
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"tags": ["a"]}, [0, 1]),
        ({"tags": ["a", "b"]}, [0, 1, 3]),
        ({"tags": ["__$all", "a", "b"]}, [1]),
        ({"tags": ["-a"]}, [2, 3]),
        ({"tags": ["a", "-b"]}, [0]),
        ({"tags": []}, [0, 1, 2, 3]),
        ({"system_tags": ["-archived"]}, [0, 1, 2]),
        ({"system_tags": ["__$all", "__$not", "archived"]}, [0, 1, 2]),
        ({"status": ["in_progress"]}, [2]),
        ({"status": ["-in_progress"]}, [0, 1, 3]),
        ({"name": "child [12]$"}, [1, 2]),
        ({"name": "CHILD"}, []),
        ({"_any_": {"fields": ["name"], "pattern": "CHILD 0"}}, [0]),
        ({"last_iteration": [1, None]}, [2]),
        ({"type": ["optimizer"]}, []),
    ],
)
def test_a_filter_finds(
    api: Api, family: tuple[str, list[str]], query: dict[str, object], found: list[int]
) -> None:
    assert _names(api, parent=[family[0]], **query) == [f"child {number}" for number in found]


def test_missing_values_come_last_in_both_directions(api: Api, family: tuple[str, list[str]]) -> None:
    for order in ("started", "-started"):
        rows = api("tasks.get_all", parent=family[0], only_fields=["name"], order_by=[order])["tasks"]
        assert rows[0] == {"name": "child 2"}


def test_parameter_values_are_ordered_by_their_numbers(api: Api) -> None:
    parent = api.task("ordered")
    for value in ("10", "9", "2"):
        args = {"Args": {"n": {"section": "Args", "name": "n", "value": value}}}
        api.task(f"value {value}", parent=parent, hyperparams=args)
    rows = api("tasks.get_all", parent=parent, only_fields=["name"], order_by=["hyperparams.Args.n.value"])[
        "tasks"
    ]
    assert [row["name"] for row in rows] == ["value 2", "value 9", "value 10"]


def test_pages_follow_each_other_and_end(api: Api, family: tuple[str, list[str]]) -> None:
    pages = [_names(api, parent=family[0], page=page, page_size=3) for page in range(3)]
    assert [len(page) for page in pages] == [3, 1, 0]


def test_a_scroll_goes_on_where_it_was(api: Api, family: tuple[str, list[str]]) -> None:
    query = {"parent": family[0], "only_fields": ["name"], "order_by": ["name"], "size": 3}
    first = api("tasks.get_all_ex", scroll_id=None, **query)
    second = api("tasks.get_all_ex", scroll_id=first["scroll_id"], **query)
    assert [len(first["tasks"]), len(second["tasks"])] == [3, 1]


def test_an_unknown_field_is_refused(api: Api) -> None:
    for query in ({"only_fields": ["nosuch"]}, {"order_by": ["nosuch"]}):
        with pytest.raises(Refused, match='Cannot resolve field "nosuch"'):
            api("tasks.get_all", **query)


def test_references_become_objects_in_the_extended_list_only(api: Api) -> None:
    project = api("projects.create", name=api.name("Contract lists"))["id"]
    task = api.task(project=project)
    assert api("tasks.get_all", id=[task], only_fields=["project"])["tasks"] == [{"project": project}]
    row = api("tasks.get_all_ex", id=[task], only_fields=["project.name"])["tasks"][0]
    assert row["project"]["id"] == project and row["project"]["name"].startswith("Contract lists")
    with pytest.raises(Refused, match="Cannot resolve field"):
        api("tasks.get_all", id=[task], only_fields=["project.name"])


def test_subprojects_and_hidden_tasks_are_listed_on_request(api: Api) -> None:
    name = api.name("Contract tree")
    root = api("projects.create", name=name)["id"]
    below = api("projects.create", name=f"{name}/below")["id"]
    api.task("seen", project=below)
    api.task("hidden one", project=below, system_tags=["hidden"])
    assert _names(api, project=[root]) == []
    assert _names(api, project=[root], include_subprojects=True) == ["seen"]
    assert _names(api, project=[below], search_hidden=True) == ["hidden one", "seen"]


def test_a_queue_is_found_by_an_escaped_part_of_its_name(api: Api) -> None:
    name = api.name("contract-by-name")
    queue = api("queues.create", name=name)["id"]
    found = api("queues.get_all", name=re.escape(name)[2:-2], only_fields=["name", "id"])["queues"]
    assert found == [{"name": name, "id": queue}]
