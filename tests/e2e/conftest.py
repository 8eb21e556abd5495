"""The stage of the end-to-end tests: the embedded server as a process, and real clearml-agents."""

from collections.abc import Iterator

import pytest
from stage import Stage

from clearml_hpo_app.local.agents import LocalAgents
from clearml_hpo_app.local.server_process import ServerProcess

SETTINGS = "sdk.development.report_use_subprocess: false\n"


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("stage")
    (folder / "clearml.conf").write_text(SETTINGS, encoding="utf-8")
    server = ServerProcess(folder / "server", folder / "server.log")
    address = server.start()
    try:
        environment = address.environment()
        trials = LocalAgents(environment, queue="trials", count=2, folder=folder / "agents", name="trial-agent")
        services = LocalAgents(
            environment, queue="services", count=1, folder=folder / "services", name="service-agent"
        )
        with trials, services:
            yield Stage(folder, address)
    finally:
        server.stop()
