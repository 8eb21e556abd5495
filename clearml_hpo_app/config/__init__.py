"""The configuration of a run: the model, its text forms, and the files that people write."""

from clearml_hpo_app.config.export import APP, FORMAT, from_export, to_export, to_export_text
from clearml_hpo_app.config.files import parse_config, read_config
from clearml_hpo_app.config.model import EarlyStopping, HpoConfig, TrialOverrides
from clearml_hpo_app.methods import HYPERBAND_METHODS, LEARNING_METHODS, METHOD_TITLES, METHODS, Method

__all__ = [
    "APP",
    "FORMAT",
    "HYPERBAND_METHODS",
    "LEARNING_METHODS",
    "METHODS",
    "METHOD_TITLES",
    "EarlyStopping",
    "HpoConfig",
    "Method",
    "TrialOverrides",
    "from_export",
    "parse_config",
    "read_config",
    "to_export",
    "to_export_text",
]
