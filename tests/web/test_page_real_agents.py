"""The page with nothing made up: real clearml-agents run the controllers and the trials; launched to deleted."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_visit import Visit
from cli_server import Api
from playwright.sync_api import Browser, expect
from web_stage import Stage, connect

from clearml_hpo_app.local.agents import LocalAgents
from clearml_hpo_app.local.server_process import ServerProcess
from clearml_hpo_app.web.server import PageServer

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("browser-agents"), pytest.mark.timeout(600)]

EXAMPLE = Path(__file__).parents[2] / "examples" / "digits_sgd.py"
RUN_TIMEOUT = 240_000


@pytest.fixture(scope="module")
def real_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("real-stage")
    server = ServerProcess(folder / "server", folder / "server.log")
    address = server.start()
    try:
        environment = address.environment()
        trials = LocalAgents(environment, queue="default", count=2, folder=folder / "trials", name="trial-agent")
        services = LocalAgents(environment, queue="services", count=1, folder=folder / "hpo", name="hpo-agent")
        shutil.copy(EXAMPLE, folder)
        settings = folder / "clearml.conf"
        settings.write_text("sdk.development.report_use_subprocess: false\n", encoding="utf-8")
        kept = {name: text for name, text in os.environ.items() if not name.startswith("CLEARML_")}
        own = {**kept, **environment, "CLEARML_CONFIG_FILE": str(settings), "HOME": str(folder)}
        command = [sys.executable, EXAMPLE.name, "--epochs", "20"]
        subprocess.run(command, cwd=folder, env=own, check=True, capture_output=True, timeout=120)
        api = Api(address)
        base_task = api("tasks.get_all", type=["training"], only_fields=["id"])["tasks"][0]["id"]
        with trials, services, PageServer(port=0, connect_to_server=lambda: connect(address)) as page:
            yield Stage(address, api, str(base_task), page)
    finally:
        server.stop()


def field(visit: Visit, path: str) -> Any:
    return visit.page.locator(f"[data-path='{path}']")


def launch(visit: Visit, title: str, trials: int) -> None:
    """Fill in what is left to fill in, and launch to the queue of the controllers."""
    page = visit.page
    field(visit, "job_title").locator("input").fill(title)
    if not field(visit, "total_tasks").is_visible():
        page.get_by_text("Advanced Configuration").click()
    field(visit, "total_tasks").locator("input").fill(str(trials))
    place = page.get_by_label("The controller runs on")
    expect(place).to_be_enabled()
    assert place.input_value() == "services"
    page.get_by_role("button", name="Launch", exact=True).click()
    expect(page.locator(".instance-head h2")).to_have_text(title)


def test_launched_watched_exported_imported_cloned_stopped_and_deleted(
    browser: Browser, real_stage: Stage, tmp_path: Path
) -> None:
    visit = Visit(browser, real_stage)
    page = visit.go("/new").page
    box = field(visit, "base_task_id").get_by_role("combobox")
    box.fill(real_stage.base_task)
    page.get_by_role("button", name="validation/accuracy").click()
    page.get_by_role("button", name="Add the chosen ones").click()
    launch(visit, "On real agents", 4)
    expect(page.locator(".chip")).to_have_text("Completed", timeout=RUN_TIMEOUT)
    expect(page.get_by_role("region", name="Summary", exact=True).last.locator("tbody tr")).to_have_count(4)
    visit.keep_picture("real-agents")

    with page.expect_download() as download:
        page.get_by_role("button", name="More about this instance").click()
        page.get_by_role("menuitem", name="Export configuration").click()
    download.value.save_as(tmp_path / "export.json")
    visit.act("Use the best")
    expect(page.get_by_role("dialog")).to_contain_text("A draft task")
    page.get_by_role("button", name="Close", exact=True).click()

    page.goto(f"{real_stage.page.address}/new")
    page.get_by_role("button", name="Import configuration").click()
    page.locator("input[type=file]").set_input_files(tmp_path / "export.json")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(field(visit, "job_title").locator("input")).to_have_value("On real agents")

    page.get_by_role("link", name=re.compile("On real agents")).first.click()
    visit.act("Clone")
    expect(field(visit, "job_title").locator("input")).to_have_value("On real agents")
    launch(visit, "Stopped early", 60)
    expect(page.locator(".chip")).to_have_text("Running", timeout=RUN_TIMEOUT)
    rows = page.get_by_role("region", name="Summary", exact=True).last.locator("tbody tr")
    expect(rows.first).to_be_visible(timeout=RUN_TIMEOUT)
    visit.act("Stop")
    page.get_by_label("Now").check()
    page.get_by_role("dialog").get_by_role("button", name="Stop").click()
    expect(page.locator(".chip")).to_have_text("Stopped", timeout=RUN_TIMEOUT)

    visit.act("Delete")
    page.get_by_role("dialog").get_by_role("checkbox").check()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Choose an instance, or launch one")).to_be_visible(timeout=30_000)
    names = [task["name"] for task in real_stage.api("tasks.get_all", search_hidden=True)["tasks"]]
    assert not any(name.startswith("Stopped early") for name in names)
    visit.close()
    assert visit.troubles == []
