"""One server for the tests of the controller, and a small world on it for each of them."""

from collections.abc import Iterator

import pytest
from simulated_worker import Api, SimulatedClock
from simulation import World
from wiretap import Wiretap, wiretap

from clearml_hpo_app.controller import lease
from clearml_hpo_app.local.server import EmbeddedServer, ServerAddress


@pytest.fixture(scope="session")
def clock() -> SimulatedClock:
    return SimulatedClock()


@pytest.fixture(scope="session")
def address(clock: SimulatedClock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerAddress]:
    with EmbeddedServer(tmp_path_factory.mktemp("simulation"), port=0, clock=clock) as address:
        yield address


@pytest.fixture
def world(address: ServerAddress, clock: SimulatedClock) -> Iterator[World]:
    api = Api(address)
    yield World(address, clock, api)
    clock.end_all_lives()
    api.close()


@pytest.fixture
def tap(address: ServerAddress) -> Iterator[Wiretap]:
    with wiretap(address) as tap:
        yield tap


@pytest.fixture(autouse=True)
def _a_dropped_controller_is_dead(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """All controllers live in this one process: unless a test says otherwise, one that is dropped was killed."""
    if "living_controllers" not in request.fixturenames:
        monkeypatch.setattr(lease, "process_is_gone", lambda host, process: True)


@pytest.fixture
def living_controllers() -> None:
    """Controllers that are not driven any more hold their lease until it expires."""
