"""A server of its own for the template task."""

from collections.abc import Iterator

import pytest

from clearml_hpo_app.clearml_api import Client
from clearml_hpo_app.clearml_api.connecting import connect_to
from clearml_hpo_app.local.server import EmbeddedServer, ServerAddress


@pytest.fixture
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerAddress]:
    with EmbeddedServer(tmp_path_factory.mktemp("template-server"), port=0) as address:
        yield address


@pytest.fixture
def client(address: ServerAddress) -> Client:
    return connect_to(
        address.api_host,
        address.access_key,
        address.secret_key,
        web_host=address.web_host,
        files_host=address.files_host,
    )
