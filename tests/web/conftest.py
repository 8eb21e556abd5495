"""One ClearML server and one page for all tests of the page in this process."""

from collections.abc import Iterator

import pytest
from cli_server import Api, create_base_task
from web_stage import Stage, Visitor, connect

from clearml_hpo_app.local.server import EmbeddedServer
from clearml_hpo_app.web.server import PageServer


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with EmbeddedServer(tmp_path_factory.mktemp("web-server"), port=0) as address:
        api = Api(address)
        for queue in ("trials", "nobody"):
            api("queues.create", name=queue)
        queue = api("queues.get_all", name="^trials$")["queues"][0]["id"]
        api("workers.register", worker="first:0", queues=[queue], timeout=3600)
        base_task = create_base_task(api)
        with PageServer(port=0, connect_to_server=lambda: connect(address)) as page:
            yield Stage(address, api, base_task, page)
        api.close()


@pytest.fixture
def visitor(stage: Stage) -> Iterator[Visitor]:
    visitor = Visitor(stage.page)
    yield visitor
    visitor.session.close()
