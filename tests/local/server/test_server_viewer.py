"""The viewer: its URLs, what it serves, and that a name is never HTML."""

import json
from urllib.error import HTTPError
from urllib.parse import quote

import pytest
from server_calls import call, send

from clearml_hpo_app.local.server import ServerAddress
from clearml_hpo_app.local.server.viewer.pages import plotly_file

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
