"""The parameters to optimise, of every kind."""

from typing import Annotated

from pydantic import Field

from clearml_hpo_app.space.discrete import Discrete, Fixed
from clearml_hpo_app.space.parameter_set import Combinations
from clearml_hpo_app.space.uniform import Uniform

__all__ = ["AnyParameter", "Combinations", "Discrete", "Fixed", "Uniform", "Varied"]

AnyParameter = Annotated[Uniform | Discrete | Fixed | Combinations, Field(discriminator="type")]
Varied = Uniform | Discrete
