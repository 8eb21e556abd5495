"""The names and values of a Hydra application's configuration, as the base task keeps them: object OmegaConf."""

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

from clearml_hpo_app.clearml_api.base_task import BaseTask
from clearml_hpo_app.config.files import parse_data
from clearml_hpo_app.errors import UnreadableFile
from clearml_hpo_app.space.values import Value

HYDRA = "Hydra"
"""Section in which a task names values of that configuration by their dotted names."""

OMEGACONF = "OmegaConf"

FLAGS = frozenset(
    "Args/" + flag
    for flag in (
        *("help", "hydra_help", "version", "overrides", "cfg", "resolve", "package", "run", "multirun"),
        *("shell_completion", "config_path", "config_name", "config_dir", "experimental_rerun", "info"),
    )
)
"""The command line of every Hydra application, which is no part of its configuration
(https://hydra.cc/docs/advanced/hydra-command-line-flags/)."""

_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*|[0-9]+")
"""A key that an override of Hydra can name (https://hydra.cc/docs/advanced/override_grammar/basic/)."""


@dataclass(frozen=True)
class HydraTree:
    """What a base task's OmegaConf names.

    Attributes:
        names: Dotted names that an override can name, true for those that hold a value and false for groups.
        out_of_reach: Dotted names that no override can name.
    """

    names: Mapping[str, bool]
    out_of_reach: Set[str]


def read_hydra_tree(base: BaseTask) -> HydraTree | None:
    """Read the base task's OmegaConf; `None` when it has none that can be read."""
    tree = _tree(base)
    if tree is None:
        return None
    names = {name: not isinstance(branch, dict) for name, branch in _walk(tree, "", only=_KEY)}
    return HydraTree(names, {name for name, _ in _walk(tree, "")} - names.keys())


def hydra_values(base: BaseTask) -> dict[str, Value]:
    """Return the values in the base task's OmegaConf that can be overridden, by dotted name; single ones only."""
    places = _walk(_tree(base) or {}, "", only=_KEY)
    return {name: branch for name, branch in places if isinstance(branch, (int, float, str, type(None)))}


def _tree(base: BaseTask) -> dict[Any, Any] | None:
    try:
        tree = parse_data(base.objects.get(OMEGACONF, ""), name=OMEGACONF, ending=".yaml", foreign=True)
    except UnreadableFile:
        return None
    return tree if isinstance(tree, dict) else None


def _walk(tree: Mapping[Any, Any], prefix: str, only: re.Pattern[str] | None = None) -> Iterator[tuple[str, Any]]:
    for key, branch in tree.items():
        if only is None or only.fullmatch(str(key)):
            yield f"{prefix}{key}", branch
            if isinstance(branch, dict):
                yield from _walk(branch, f"{prefix}{key}.", only)
