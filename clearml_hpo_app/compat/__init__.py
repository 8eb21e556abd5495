"""A drop-in for the optimiser of ClearML's SDK: a script runs on this application with one changed import.

    from clearml_hpo_app.compat import (
        DiscreteParameterRange, HyperParameterOptimizer, RandomSearch, UniformIntegerParameterRange
    )

The names of the strategies only say which method is meant; those of the SDK itself are taken as well. The ranges
are the SDK's own.
"""

from clearml.automation.parameters import (
    DiscreteParameterRange,
    LogUniformParameterRange,
    ParameterSet,
    UniformIntegerParameterRange,
    UniformParameterRange,
)

from clearml_hpo_app.compat.optimizer import HyperParameterOptimizer
from clearml_hpo_app.compat.strategies import GridSearch, OptimizerBOHB, OptimizerOptuna, RandomSearch

__all__ = [
    "DiscreteParameterRange",
    "GridSearch",
    "HyperParameterOptimizer",
    "LogUniformParameterRange",
    "OptimizerBOHB",
    "OptimizerOptuna",
    "ParameterSet",
    "RandomSearch",
    "UniformIntegerParameterRange",
    "UniformParameterRange",
]
