"""The names and values of a Hydra application's configuration, as the base task keeps them: object OmegaConf."""

from collections.abc import Iterator, Mapping
from typing import Any

from clearml_hpo_app.clearml_api.base_task import BaseTask
from clearml_hpo_app.config.files import parse_data
from clearml_hpo_app.errors import UnreadableFile
from clearml_hpo_app.space.values import Value

HYDRA = "Hydra"
"""Section in which a task names values of that configuration by their dotted names."""

OMEGACONF = "OmegaConf"


def hydra_values(base: BaseTask) -> dict[str, Value]:
    """Return the values in the base task's OmegaConf by dotted name, without what is not a single value."""
    tree = _tree(base)
    return {} if tree is None else dict(_leaves(tree, ""))


def _leaves(tree: Mapping[Any, Any], prefix: str) -> Iterator[tuple[str, Value]]:
    for key, branch in tree.items():
        if isinstance(branch, dict):
            yield from _leaves(branch, f"{prefix}{key}.")
        elif isinstance(branch, (int, float, str, type(None))):
            yield f"{prefix}{key}", branch


def hydra_names(base: BaseTask) -> Mapping[str, bool] | None:
    """Dotted names in the base task's OmegaConf, true for those that hold a value and false for groups.

    `None` when the base task has none that can be read.
    """
    tree = _tree(base)
    return None if tree is None else dict(_names(tree, ""))


def _tree(base: BaseTask) -> dict[Any, Any] | None:
    try:
        tree = parse_data(base.objects.get(OMEGACONF, ""), name=OMEGACONF, ending=".yaml", foreign=True)
    except UnreadableFile:
        return None
    return tree if isinstance(tree, dict) else None


def _names(tree: Mapping[Any, Any], prefix: str) -> Iterator[tuple[str, bool]]:
    for key, branch in tree.items():
        name = f"{prefix}{key}"
        yield name, not isinstance(branch, dict)
        if isinstance(branch, dict):
            yield from _names(branch, f"{name}.")
