"""A first configuration for a base task: ready-made spaces for frameworks, or proposed from the task itself."""

from clearml_hpo_app.starting_point.ready_made import ReadyMade, ready_made, ready_made_names
from clearml_hpo_app.starting_point.starter import Starter, starter

__all__ = ["ReadyMade", "Starter", "ready_made", "ready_made_names", "starter"]
