"""Configurations of older export formats, brought to the newest step by step; a step is never changed again."""

from collections.abc import Callable, Mapping
from typing import Any

from clearml_hpo_app.config.model import HpoConfig

Configuration = dict[str, Any]


def _without_early_stopping(configuration: Configuration) -> Configuration:
    """Format 1 knew no early stopping: every trial ran to its end, and does so again."""
    return {"early_stopping": "none", **configuration}


_STEPS: Mapping[int, Callable[[Configuration], Configuration]] = {1: _without_early_stopping}
"""The step from each format to the next one."""


def upgrade(configuration: Mapping[str, Any], number: int, newest: int) -> tuple[Configuration, list[str]]:
    """Return a configuration of format `number` in the format `newest`, and what had to be left out, in sentences.

    A field that no version knows any more is left out; in the newest format it is a violation like any other.
    """
    found = dict(configuration)
    if number == newest:
        return found, []
    for step in range(number, newest):
        found = _STEPS[step](found)
    gone = [name for name in found if name not in HpoConfig.model_fields]
    return (
        {name: value for name, value in found.items() if name not in gone},
        [f"The setting {name} = {found[name]!r:.80} of format {number} does not exist any more." for name in gone],
    )
