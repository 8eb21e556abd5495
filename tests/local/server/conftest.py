from collections.abc import Iterator

import pytest

from clearml_hpo_app.local.server import EmbeddedServer, ServerAddress


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerAddress]:
    with EmbeddedServer(tmp_path_factory.mktemp("server"), port=0) as address:
        yield address
