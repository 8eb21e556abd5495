"""What an import gives, and the texts of a task that it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.errors import InvalidConfig
from clearml_hpo_app.space.values import from_text, is_number


@dataclass(frozen=True)
class Imported:
    """A configuration from elsewhere.

    Attributes:
        config: The configuration, valid.
        source: What it was found in, as words ("an instance of ClearML's own application").
        lost: What could not be carried over, as sentences; empty when everything was.
    """

    config: HpoConfig
    source: str
    lost: tuple[str, ...] = ()


@dataclass(frozen=True)
class TaskTexts:
    """What a task says, all of it text: hyperparameters by section and name, configuration objects by name."""

    id: str
    name: str
    sections: Mapping[str, Mapping[str, str]]
    objects: Mapping[str, str]


@dataclass
class Fields:
    """The fields of a configuration as they are found, and sentences about what cannot be one.

    Attributes:
        values: Fields of `HpoConfig` as plain values.
        limits: Fields of its `limits`.
        lost: What could not be carried over.
    """

    values: dict[str, Any] = field(default_factory=dict)
    limits: dict[str, Any] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)

    def set_limit(self, name: str, text: str, source: str) -> None:
        """Take in a limit from its text; empty, 0 and below mean none to others."""
        number = from_text(text)
        if number in ("", "None"):
            return
        if not is_number(number):
            self.lost.append(f"{source} is {text!r}, which is no number: there is no such limit now.")
        elif number > 0:
            whole = name not in {"task_minutes", "total_minutes", "compute_minutes"}
            self.limits[name] = max(1, round(number)) if whole else number

    def config(self) -> HpoConfig:
        """Return the configuration; raises `InvalidConfig` with all violations, and with what was lost."""
        limits = {"limits": self.limits} if self.limits else {}
        try:
            return HpoConfig.model_validate({**self.values, **limits})
        except InvalidConfig as error:
            raise InvalidConfig(error.violations, self.lost) from error
