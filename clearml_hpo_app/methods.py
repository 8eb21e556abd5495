"""The search methods by name; light, since the command line's help lists them."""

from collections.abc import Mapping
from typing import Literal, get_args

Method = Literal[
    "auto",
    "bayesian",
    "bayesian-hyperband",
    "hyperband",
    "gaussian-process",
    "evolutionary",
    "quasi-random",
    "random",
    "grid",
]
METHODS: tuple[Method, ...] = get_args(Method)
METHOD_TITLES: Mapping[Method, str] = {
    "auto": "Automatic",
    "bayesian": "Bayesian (TPE)",
    "bayesian-hyperband": "Bayesian + Hyperband (BOHB)",
    "hyperband": "Hyperband",
    "gaussian-process": "Gaussian process",
    "evolutionary": "Evolutionary (NSGA-II)",
    "quasi-random": "Quasi-random (Sobol)",
    "random": "Random",
    "grid": "Grid",
}
HYPERBAND_METHODS = frozenset({"hyperband", "bayesian-hyperband"})

LEARNING_METHODS = frozenset({"bayesian", "bayesian-hyperband", "gaussian-process", "evolutionary"})
"""Their suggestions follow from the results so far."""
