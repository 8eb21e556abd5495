"""Hyperparameter optimisation as a ClearML application, on any ClearML server.

The public door: `HpoConfig` says what to optimise, `launch` starts it on a server, `HpoInstance` is a
launched one, `import_config` reads what was configured elsewhere. Heavy parts are
imported when they are first used.
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from clearml_hpo_app.config import HpoConfig
    from clearml_hpo_app.importing import import_config
    from clearml_hpo_app.instances.instance import HpoInstance
    from clearml_hpo_app.instances.launching import launch

__all__ = ["HpoConfig", "HpoInstance", "__version__", "import_config", "launch"]

_HOMES = {
    "HpoConfig": "clearml_hpo_app.config",
    "HpoInstance": "clearml_hpo_app.instances.instance",
    "import_config": "clearml_hpo_app.importing",
    "launch": "clearml_hpo_app.instances.launching",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
