"""The dashboard of a run: what is reported on the controller task, and what its artifacts hold.

This package decides what is shown and when; sending it is left to the controller.
"""

from clearml_hpo_app.dashboard.artifacts import best_json, trials_csv
from clearml_hpo_app.dashboard.figures.learning import trials_with_curves
from clearml_hpo_app.dashboard.reporter import Reporter

__all__ = ["Reporter", "best_json", "trials_csv", "trials_with_curves"]
