"""One ClearML server and one page for all tests of the page in this process."""

from collections.abc import Iterator

import pytest
from browser_visit import OPTIONS, Visit, chromium
from cli_server import Api, QuickWorker, create_base_task, stand_by
from playwright.sync_api import Browser, sync_playwright
from web_stage import Stage, Visitor, connect

from clearml_hpo_app.local.server import EmbeddedServer
from clearml_hpo_app.web.server import PageServer


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with EmbeddedServer(tmp_path_factory.mktemp("web-server"), port=0) as address:
        api = Api(address)
        for queue in ("trials", "nobody"):
            api("queues.create", name=queue)
        base_task = create_base_task(api)
        with PageServer(port=0, connect_to_server=lambda: connect(address)) as page:
            yield Stage(address, api, base_task, page)
        api.close()


@pytest.fixture
def standing_worker(stage: Stage) -> None:
    """A worker that serves the queue of the trials; after ten minutes without a sign of life it would be none."""
    stand_by(stage.api)


@pytest.fixture
def visitor(stage: Stage, standing_worker: None) -> Iterator[Visitor]:
    visitor = Visitor(stage.page)
    yield visitor
    visitor.session.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        pytest.skip("Chromium is not installed: scripts/test does that as root, or name one in CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, stage: Stage, standing_worker: None) -> Iterator[Visit]:
    visit = Visit(browser, stage)
    yield visit
    visit.close()
    assert visit.troubles == []


@pytest.fixture(scope="session")
def worker(stage: Stage) -> Iterator[QuickWorker]:
    """Serves the queue of the trials, whose results it makes up."""
    with QuickWorker(Api(stage.address), "trials") as worker:
        yield worker


@pytest.fixture(scope="session")
def begun(stage: Stage, worker: QuickWorker) -> str:
    """An instance that was launched, and runs beside the tests that do not need it."""
    values = stage.form_values(job_title="A finished run", total_tasks=8)
    answer = Visitor(stage.page).post("/api/launch", {"values": values, "queue": ""})
    return str(answer.json()["id"])


@pytest.fixture
def finished(stage: Stage, begun: str) -> str:
    """The same when it has ended."""
    stage.wait_for_status(begun, "completed")
    return begun
