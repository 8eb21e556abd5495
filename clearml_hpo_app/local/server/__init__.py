"""An embedded ClearML-compatible server: enough of the API for the unmodified SDK and agent.

It was written against recordings of a real server's answers; it knows nothing of hyperparameter optimisation.
Needs the extra `local`; importing this package alone does not.
"""

import importlib
from typing import TYPE_CHECKING, Any

from clearml_hpo_app.errors import MissingExtra
from clearml_hpo_app.local.server.address import ServerAddress

if TYPE_CHECKING:
    from clearml_hpo_app.local.server.embedded import EmbeddedServer

__all__ = ["EmbeddedServer", "ServerAddress"]


def __getattr__(name: str) -> Any:
    """Load the server only when it is asked for."""
    if name != "EmbeddedServer":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return importlib.import_module(f"{__name__}.embedded").EmbeddedServer
    except ModuleNotFoundError as error:
        if error.name and error.name.split(".")[0] in (
            "jwt",
            "multipart",
            "python_multipart",
            "starlette",
            "uvicorn",
        ):
            raise MissingExtra("The embedded server", "local") from error
        raise
