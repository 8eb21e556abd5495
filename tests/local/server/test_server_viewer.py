"""The viewer: its URLs, what it serves, and that a name is never HTML."""

import json
from urllib.error import HTTPError
from urllib.parse import quote

import pytest
from server_calls import call, send

from clearml_hpo_app.clearml_api.report_pages import trials_table
from clearml_hpo_app.local.server import ServerAddress
from clearml_hpo_app.local.server.viewer.pages import plotly_file
from clearml_hpo_app.objective import Objective

SCRIPTS = ("dom.js", "figures.js", "overview.js", "report.js", "task.js", "task_table.js", "viewer.js")
_EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def task(server: ServerAddress) -> str:
    key = str(call(server, "tasks.create", name=f"named {_EVIL}", type="optimizer")["id"])
    rows = [
        {"type": "training_stats_scalar", "metric": _EVIL, "variant": "v", "iter": 1, "value": 0.5},
        {"type": "plot", "metric": "figure", "variant": "one", "iter": 0, "plot_str": '{"data": [NaN]}'},
        {"type": "log", "msg": "said\n"},
    ]
    lines = "\n".join(json.dumps({"task": key, **row}) for row in rows)
    send(server, f"{server.api_host}/events.add_batch", lines.encode())
    return key


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/projects/{p}/experiments/{t}",
        "/reports/{p}/{t}",
        "/projects/*/tasks/{t}/output/log",
        "/projects/*/experiments/{t}/info-output/metrics/plots",
        "/tasks/{t}",
        "/?theme=dark",
        "/projects/{p}",
    ],
)
def test_clearmls_own_urls_are_answered_with_a_page_without_inline_scripts(
    server: ServerAddress, task: str, path: str
) -> None:
    page = send(server, server.web_host + path.format(p="abc", t=task)).decode()
    assert "<script src=" in page
    assert _EVIL not in page
    assert page.count("<script") == page.count("<script src=")


def test_a_tasks_data_holds_what_its_page_shows(server: ServerAddress, task: str) -> None:
    seen = json.loads(send(server, f"{server.web_host}/data/tasks/{task}"))
    assert seen["task"]["name"] == f"named {_EVIL}"
    assert seen["scalars"][_EVIL]["v"]["y"] == [0.5]
    assert (seen["plots"][0]["metric"], seen["log"]) == ("figure", ["said\n"])
    query = "metric=figure&variant=one&iter=0"
    assert json.loads(send(server, f"{server.web_host}/data/tasks/{task}/plot?{query}")) == {"data": [None]}
    assert task in [row["id"] for row in json.loads(send(server, f"{server.web_host}/data/overview"))["tasks"]]


def test_a_view_of_the_tasks_has_its_children_columns_and_order(server: ServerAddress) -> None:
    parent = str(call(server, "tasks.create", name="search", type="optimizer")["id"])
    for number, value in enumerate((0.5, 0.1, None, 0.3)):
        rate = {"Args": {"rate.x": {"section": "Args", "name": "rate.x", "value": f"0.{number}"}}}
        child = call(
            server, "tasks.create", name=f"trial {number}", type="training", parent=parent, hyperparams=rate
        )["id"]
        call(server, "tasks.started", task=child)
        event = {"type": "training_stats_scalar", "metric": "val", "variant": "a.b", "iter": 1, "value": value}
        if value is not None:
            send(server, f"{server.api_host}/events.add_batch", json.dumps({"task": child, **event}).encode())
    goals = [Objective(title="val", series="a.b", trend="min")]
    for trend, names in (("min", "1302"), ("max", "0312")):
        goal = goals[0].model_copy(update={"trend": trend})
        address = trials_table(server.web_host, "", parent, [goal], ["Args/rate.x"])
        seen = json.loads(send(server, f"{server.web_host}/data/overview?{address.partition('?')[2]}"))
        assert "".join(row["name"][-1] for row in seen["tasks"]) == names
        assert seen["heads"] == ["verdict", "val/a.b", "rate.x"]
        assert [row["cells"] for row in seen["tasks"] if row["name"][-1] in "12"] == [
            [None, 0.1, "0.1"],
            [None, None, "0.2"],
        ]
        assert seen["parents"] == [{"id": parent, "name": "search"}]


@pytest.mark.parametrize(
    "asked",
    [
        "order=last_metrics.x",
        "order=-name;DROP TABLE tasks",
        "columns=m.1&columns=hyperparams.&columns=hyperparams.a&columns=",
        "filter=parent.name:&filter=status:completed",
    ],
)
def test_what_a_view_has_beside_that_is_left_out(server: ServerAddress, task: str, asked: str) -> None:
    seen = json.loads(send(server, f"{server.web_host}/data/overview?{quote(asked, safe='=&')}"))
    assert task in [row["id"] for row in seen["tasks"]]
    assert seen["heads"] == seen["parents"] == []


def test_the_theme_is_one_of_two_words(server: ServerAddress) -> None:
    assert b'data-theme="dark"' in send(server, f"{server.web_host}/?theme=dark")
    assert b"data-theme" not in send(server, f"{server.web_host}/?theme={quote(_EVIL)}")


def test_only_its_own_files_are_served(server: ServerAddress) -> None:
    for name in (*SCRIPTS, "viewer.css"):
        assert send(server, f"{server.web_host}/assets/{name}")
    for name in ("pages.py", "..%2fpages.py", "nope.js"):
        with pytest.raises(HTTPError, match="404"):
            send(server, f"{server.web_host}/assets/{name}")


@pytest.mark.parametrize("name", SCRIPTS)
def test_its_scripts_never_make_html_of_text(server: ServerAddress, name: str) -> None:
    script = send(server, f"{server.web_host}/assets/{name}").decode()
    assert not [
        word for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write") if word in script
    ]


def test_plotlys_script_is_found_in_its_package(server: ServerAddress) -> None:
    place = plotly_file()
    assert place is not None
    assert len(send(server, f"{server.web_host}/assets/plotly.min.js")) == place.stat().st_size
