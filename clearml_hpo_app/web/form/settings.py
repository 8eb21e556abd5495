"""Between the values of our form and `HpoConfig`: the way by the task's texts, so that both forms are one."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.config.form_rows import FORM_NAMES
from clearml_hpo_app.config.task_settings import (
    SECTION,
    SWITCHES,
    from_task,
    to_configuration_objects,
    to_hyperparameters,
)
from clearml_hpo_app.space.values import Value, show, split_values, to_text
from clearml_hpo_app.web.form.entries import Form
from clearml_hpo_app.web.form.values import Answers, Values, answers, filled

NAME = "name"
"""Field of the task that the job title goes to."""

_FORM_NAMES = {field: name for name, field in FORM_NAMES.items()}


def to_config(form: Form, values: Mapping[str, Any]) -> HpoConfig:
    """Return the configuration that is filled in.

    Raises:
        InvalidConfig: With all violations; `places.violations_by_place` puts them beside the fields.
    """
    given = answers(form, values)
    texts = {**given.hyperparameters.get(SECTION, {}), "title": given.task.get(NAME, "")}
    return from_task(texts, given.objects)


def to_values(form: Form, config: HpoConfig) -> Values:
    """Return the values of a form that is filled in with `config`."""
    objects = {
        name: json.dumps([form_row(row) for row in json.loads(text)], ensure_ascii=False)
        for name, text in to_configuration_objects(config).items()
    }
    texts = to_hyperparameters(config)
    return filled(form, Answers({NAME: config.title}, {SECTION: texts}, objects))


def form_row(row: Mapping[str, Any]) -> Values:
    """Return an objective or a parameter, as a configuration has it, as a row of the form."""
    renamed = _FORM_NAMES if "title" in row else {}  # an objective's value; a fixed parameter has one too
    return {renamed.get(name, name): _shown(name, value) for name, value in row.items()}


def join_values(values: Iterable[Value]) -> str:
    """Return values as a list that `split_values` reads back, types included."""
    return ", ".join(map(_value_text, values))


def _shown(name: str, value: Any) -> Any:
    """Return a value as text, as the script would get it: a browser keeps no 1.0 apart from 1."""
    if name == "values" and isinstance(value, list):
        return join_values(value)
    if name == "combinations" and isinstance(value, list):
        return "\n".join(f"- {json.dumps(each, ensure_ascii=False)}" for each in value)
    if name in SWITCHES:
        return value
    return str(value).lower() if name == "integer" else to_text(value)


def _value_text(value: Value) -> str:
    if value is None or isinstance(value, bool):
        return show(value) if value is None else to_text(value).lower()
    if not isinstance(value, str):
        return show(value)
    return value if _reads_back(value) else '"' + value.replace('"', '""') + '"'


def _reads_back(text: str) -> bool:
    try:
        return split_values(text) == [text]
    except ValueError:
        return False
