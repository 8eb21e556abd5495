"""What the server says of itself.

https://clear.ml/docs/latest/docs/references/api/server
"""

from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.faults import Fault
from clearml_hpo_app.local.server.identity import API_VERSION, BUILD, SERVER_VERSION
from clearml_hpo_app.local.server.registry import OPERATIONS, Call, operation


@operation("debug.ping", anonymous=True)
def ping(_call: Call) -> Document:
    """Answer that the server is there."""
    return {"msg": "ClearML server"}


@operation("server.info", since="2.12")
def info(_call: Call) -> Document:
    """Answer the versions."""
    return {"version": SERVER_VERSION, "build": BUILD, "commit": "", "api_version": API_VERSION}


@operation("server.endpoints")
def endpoints(_call: Call) -> Document:
    """Answer the names of all operations."""
    return {"endpoints": sorted(OPERATIONS)}


@operation("server.config")
def config(_call: Call) -> Document:
    """Refuse, as to every user who is no administrator."""
    raise Fault(403, 20, "Forbidden (not allowed for role)", role="user", allowed=("root", "system"))


@operation("server.report_stats_option")
def report_stats_option(_call: Call) -> Document:
    """Answer that this server reports nothing to anyone."""
    return {"supported": False}
