"""The plots of the dashboard: each is rows, taken from a snapshot, and a figure, drawn from the rows.

Figures are plain dictionaries in Plotly's schema (the tests hold them against it) rather than Plotly's own
objects: those take about ten times as long to make and to write, and turn lists into typed arrays that the
ClearML UI does not colour.
"""

from clearml_hpo_app.dashboard.figures.panels import Panel, panels

__all__ = ["Panel", "panels"]
