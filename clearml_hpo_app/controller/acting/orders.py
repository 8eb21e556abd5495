"""The one clone call that makes a trial: name, parameters, identity and overrides, all in it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clearml_hpo_app.clearml_api.base_task import BaseTask
from clearml_hpo_app.clearml_api.originals import trial_headline, trial_name
from clearml_hpo_app.clearml_api.rows import (
    ACT,
    ATTEMPT,
    NUMBER,
    OUR_PROPERTIES,
    PARAMETERS,
    PROPERTIES,
    RUN,
)
from clearml_hpo_app.clearml_api.tasks import CloneOrder, item
from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.space.values import Parameters, Value, show, to_text

_COMMENT_PARAMETERS = 30
"""Parameters that a trial's description lists at most."""


@dataclass(frozen=True)
class OrderBook:
    """Writes the orders of one run.

    Attributes:
        controller: Id of the controller task, the parent of every trial.
        project: Id of the project that trials go to.
    """

    config: HpoConfig
    base: BaseTask
    controller: str
    run_id: str
    project: str

    def name(self, number: int, attempt: int = 1) -> str:
        """Return the name of a trial, as only this application writes it."""
        return trial_name(self.base.name, number, attempt)

    def order(self, number: int, parameters: Parameters, attempt: int = 1, act: str = "") -> CloneOrder:
        """Return the order for one trial; `act` is the wish of a person that it fulfils."""
        return CloneOrder(
            base=self.base.id,
            name=self.name(number, attempt),
            comment=self._comment(number, parameters),
            parent=self.controller,
            tags=[
                "optimization",
                f"opt: {self.controller}",
                *(["retry"] if attempt > 1 else []),
                *self.config.trial.tags,
            ],
            hyperparameters=self._sections(parameters, self.identity(number, parameters, attempt, act)),
            project=self.project,
            container=self._container(),
        )

    def identity(self, number: int, parameters: Parameters, attempt: int = 1, act: str = "") -> dict[str, str]:
        """Return the properties by which a restart finds the trial and what it tries."""
        return {
            RUN: self.run_id,
            NUMBER: str(number),
            ATTEMPT: str(attempt),
            PARAMETERS: json.dumps(parameters, ensure_ascii=False),
            **({ACT: act} if act else {}),
        }

    def draft_edits(self) -> dict[str, Any]:
        """Return what the clone call cannot carry and an edit of the draft must: usually nothing."""
        edits: dict[str, Any] = {}
        if self.config.trial.output_uri:
            edits["output_dest"] = self.config.trial.output_uri
        if self.config.trial.branch:
            edits["script"] = {
                **self.base.script,
                "branch": self.config.trial.branch,
                "version_num": "",
                "tag": "",
            }
        return edits

    def _comment(self, number: int, parameters: Parameters) -> str:
        lines = [f"{name} = {show(value)}" for name, value in list(parameters.items())[:_COMMENT_PARAMETERS]]
        more = len(parameters) - len(lines)
        return "\n".join(
            [
                trial_headline(number, self.controller),
                *lines,
                *([f"… and {more} more"] if more else []),
            ]
        )

    def _sections(
        self, parameters: Parameters, identity: Mapping[str, str]
    ) -> Mapping[str, Mapping[str, Mapping[str, str]]]:
        sections = {section: dict(items) for section, items in self.base.sections.items()}
        for name, value in self.config.space.script_values(parameters).items():
            section, _, key = name.partition("/")
            known = sections.setdefault(section, {}).get(key, {})
            sections[section][key] = {
                **item(section, key, "", kind=_kind(value)),
                **known,
                "value": to_text(value),
            }
        kept = {key: entry for key, entry in sections.get(PROPERTIES, {}).items() if key not in OUR_PROPERTIES}
        ours = {key: item(PROPERTIES, key, text) for key, text in identity.items()}
        return {**sections, PROPERTIES: {**kept, **ours}}

    def _container(self) -> dict[str, str]:
        wanted = {
            "image": self.config.trial.container_image,
            "arguments": self.config.trial.container_arguments,
        }
        changed = {key: text for key, text in wanted.items() if text}
        return {**self.base.container, **changed} if changed else {}


def _kind(value: Value) -> str:
    return "NoneType" if value is None else type(value).__name__
