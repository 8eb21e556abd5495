"""What all kinds of parameters share: the name with its section, and what a single value can be."""

import math
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from clearml_hpo_app.space.values import Value
from clearml_hpo_app.violations import Problem, refuse

NAME = r"^[^/]+/.+$"
USER_PROPERTIES = "properties"
"""The section of a task's user properties, which no script receives."""


def _scalar(raw: Any) -> Any:
    """Let through what a hyperparameter can hold; one sentence for all else, in place of one per type."""
    if isinstance(raw, float) and not math.isfinite(raw):
        refuse([Problem("be a finite number", repr(raw))])
    elif not isinstance(raw, (int, float, str, type(None))):
        hint = (
            f'Write it as a text, which the script reads: "{raw!s:.60}"' if isinstance(raw, (list, tuple)) else ""
        )
        refuse([Problem("be a number, a text, true, false or nothing", f"{raw!r:.40}", hint)])
    return raw


Scalar = Annotated[Value, BeforeValidator(_scalar)]


class Parameter(BaseModel):
    """What every parameter has: its name, with the section that the base task connected it under."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    name: str = Field(
        min_length=1,
        title="Name",
        description="The original task’s configuration parameter name (including section name e.g. `Args/lr`)",
        pattern=NAME,
    )
    allow_new: bool = Field(
        default=False,
        title="Allow a New Parameter",
        description="Accept a name that the original task does not have: each experiment gets it all the same, "
        "and the script must look for it. Otherwise such a name is refused, since it is most likely misspelt",
    )

    @field_validator("name")
    @classmethod
    def _belongs_to_the_script(cls, name: str) -> str:
        if name.partition("/")[0] == USER_PROPERTIES:
            refuse([Problem("be a hyperparameter", "a user property", "No script receives those.")])
        return name

    @property
    def section(self) -> str:
        """The part before the first slash: `Args`."""
        return self.name.partition("/")[0]

    @property
    def key(self) -> str:
        """The part after the first slash, which may hold more of them: `lr`."""
        return self.name.partition("/")[2]
