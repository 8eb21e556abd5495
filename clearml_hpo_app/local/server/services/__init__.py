"""The API's services, a module or folder each, all of one shape.

`…handlers` parse the request, register themselves under the operation's name and shape the answer; the other
modules of a service hold what happens. https://clear.ml/docs/latest/docs/references/api/index
"""

import importlib

_HANDLERS = (
    "account",
    "events.add_handlers",
    "events.log_handlers",
    "events.plot_handlers",
    "events.scalar_handlers",
    "models.handlers",
    "models.edit_handlers",
    "projects.handlers",
    "projects.edit_handlers",
    "queues.handlers",
    "queues.order_handlers",
    "reports",
    "server_info",
    "tasks.edit_handlers",
    "tasks.handlers",
    "tasks.make_handlers",
    "tasks.part_handlers",
    "tasks.status_handlers",
    "workers.handlers",
)


def load() -> None:
    """Import every module with handlers, so that its operations are registered."""
    for name in _HANDLERS:
        importlib.import_module(f"{__name__}.{name}")
