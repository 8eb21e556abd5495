"""The export file: a configuration with the application's name, the format's number and the version."""

import json
from collections.abc import Mapping
from typing import Any

from clearml_hpo_app.config.model import HpoConfig
from clearml_hpo_app.config.upgrades import upgrade
from clearml_hpo_app.errors import UnreadableFile

APP = "clearml-hpo-app"
FORMAT = 2
"""Format 1 knew no early stopping (see `config.upgrades`)."""


def to_export(config: HpoConfig, version: str) -> dict[str, Any]:
    """Return the export of `config` as JSON values; `version` is that of this package."""
    return {
        "app": APP,
        "format": FORMAT,
        "version": version,
        "configuration": config.model_dump(mode="json", exclude_none=False),
    }


def to_export_text(config: HpoConfig, version: str) -> str:
    """Return the export of `config` as the text of a JSON file."""
    return json.dumps(to_export(config, version), indent=2, ensure_ascii=False) + "\n"


def from_export(data: Mapping[str, Any]) -> HpoConfig:
    """Read an export, also of an older format, or a bare configuration (one without `app`); raises as below."""
    return read_export(data)[0]


def read_export(data: Mapping[str, Any]) -> tuple[HpoConfig, list[str]]:
    """Read an export, also one of an older format, or a bare configuration (one without `app`).

    Returns:
        The configuration, and sentences about what an older format had that could not be carried over.

    Raises:
        UnreadableFile: It is of another application, or of a newer format than this version knows.
        InvalidConfig: The configuration in it has violations.
    """
    if "app" not in data and "configuration" not in data:
        return HpoConfig.model_validate(dict(data)), []
    app, number = data.get("app"), data.get("format")
    if app != APP:
        raise UnreadableFile(f"The file must be an export of {APP}, but it is one of {app!r}.")
    if not isinstance(number, int) or not 1 <= number <= FORMAT:
        raise UnreadableFile(
            f"The export's format must be at most {FORMAT}, but it is {number!r}. "
            f"It was written by version {data.get('version', 'unknown')}; update {APP} to read it."
        )
    configuration = data.get("configuration")
    if not isinstance(configuration, Mapping):
        raise UnreadableFile("The export must hold a configuration, but it has none.")
    newest, lost = upgrade(configuration, number, FORMAT)
    return HpoConfig.model_validate(newest), lost
