"""Hyperparameter optimisation as a ClearML application, on any ClearML server."""

__version__ = "0.1.0"
