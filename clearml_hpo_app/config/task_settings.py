"""A configuration as a task holds it: flat hyperparameters, and two lists as configuration objects.

Scalar settings are hyperparameters of section `HPO` under names that are unique across groups
(`HPO/method`, `HPO/total_tasks`), so that a person can edit them one by one; objectives and parameters are
configuration objects, so that they can be edited as text.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from clearml_hpo_app.config.failures import Failures
from clearml_hpo_app.config.files import parse_data
from clearml_hpo_app.config.form_rows import form_rows
from clearml_hpo_app.config.limits import Limits
from clearml_hpo_app.config.model import HpoConfig, TrialOverrides
from clearml_hpo_app.errors import InvalidConfig, UnreadableFile, Violation
from clearml_hpo_app.space.values import join_texts
from clearml_hpo_app.violations import suggestion

SECTION = "HPO"
LISTS = {"Objectives": "objectives", "Parameters": "parameters"}
"""Configuration objects of the task, with the field that each holds."""

GROUPS: Mapping[str, type[BaseModel]] = {
    "limits": Limits,
    "failures": Failures,
    "trial": TrialOverrides,
}


@dataclass(frozen=True)
class Setting:
    """One scalar setting: `group` is empty for fields of `HpoConfig` itself."""

    group: str
    name: str
    field: FieldInfo

    @property
    def type_name(self) -> str:
        """The type as ClearML shows it beside a hyperparameter."""
        kinds = (self.field.annotation, *get_args(self.field.annotation))
        return next((kind.__name__ for kind in (int, float) if kind in kinds), "str")


def settings() -> Iterator[Setting]:
    """Yield every scalar setting, in the order of the form."""
    for name, field in HpoConfig.model_fields.items():
        if name in GROUPS:
            yield from (Setting(name, inner, info) for inner, info in GROUPS[name].model_fields.items())
        elif name not in LISTS.values():
            yield Setting("", name, field)


_ENTRY_HAS = {"objectives": "series", "parameters": "type"}
"""A field that every entry of a list has."""

SWITCHES = frozenset({"allow_new", "allow_new_metric"})
"""Fields of entries that are off unless they are said."""


def to_hyperparameters(config: HpoConfig) -> dict[str, str]:
    """Return the text of every scalar setting, by its flat name; empty text where there is no value."""
    texts: dict[str, str] = {}
    for setting in settings():
        owner: Any = getattr(config, setting.group) if setting.group else config
        texts[setting.name] = setting_text(getattr(owner, setting.name))
    return texts


def setting_text(value: object) -> str:
    """Return a setting's value as a task holds it; empty where there is none."""
    if isinstance(value, (tuple, list)):
        return join_texts(map(str, value))
    return "" if value is None else str(value)


def to_configuration_objects(config: HpoConfig) -> dict[str, str]:
    """Return the text of the configuration objects `Objectives` and `Parameters` (JSON), by name."""
    return {
        title: json.dumps(
            [_given(row) for row in getattr(config, field)],
            indent=2,
            ensure_ascii=False,
        )
        for title, field in LISTS.items()
    }


def _given(row: BaseModel) -> dict[str, Any]:
    fields = row.model_dump(mode="json")
    return {
        name: value
        for name, value in fields.items()
        if (value is not None or name == "value") and not (name in SWITCHES and value is False)
    }


def from_task(hyperparameters: Mapping[str, str], objects: Mapping[str, str]) -> HpoConfig:
    """Read a configuration from a task's texts: section `HPO`, and the configuration objects.

    Empty text means the default; so do `None`, `none` and `null` for a number. Lists may be written as JSON, YAML
    or HOCON.

    Raises:
        InvalidConfig: With all violations, those of unreadable lists and unknown names included.
    """
    violations: list[Violation] = []
    data = _nested(hyperparameters, violations)
    for title, field in LISTS.items():
        text, name = objects.get(title) or "[]", f"configuration object {title}"
        try:
            data[field] = form_rows(_unwrapped(parse_data(text, name=name, foreign=True), field))
        except UnreadableFile as error:
            said = str(error).removeprefix(f"{name} must be JSON or YAML or HOCON, but it is not. ")
            violations.append(Violation(title, "be JSON, YAML or HOCON", "other text", said))
    try:
        config = HpoConfig.model_validate(data)
    except InvalidConfig as error:
        unreadable = {LISTS[violation.path] for violation in violations if violation.path in LISTS}
        others = [violation for violation in error.violations if violation.path not in unreadable]
        raise InvalidConfig([*violations, *others]) from error
    if violations:
        raise InvalidConfig(violations)
    return config


def _unwrapped(data: Any, field: str) -> Any:
    """Return the list also where it stands under its own name, as in a file, or where it is one bare entry."""
    if not isinstance(data, Mapping):
        return data
    if [*data] == [field]:
        return data[field]
    return [data] if _ENTRY_HAS[field] in data else data


_NOTHING = frozenset({"none", "null"})
"""Words that stand for no number, as people and launch forms write them."""


def _where_it_is(name: str) -> str:
    """Say where to write what is no single setting: a list, or a group of settings."""
    for title, field in LISTS.items():
        if name.lower() == field:
            return f"Write the configuration object {title} instead."
    if group := GROUPS.get(name.lower()):
        return f"Each of its settings stands by itself: {', '.join(group.model_fields)}."
    return ""


def _nested(texts: Mapping[str, str], violations: list[Violation]) -> dict[str, Any]:
    known = {setting.name: setting for setting in settings()}
    data: dict[str, Any] = {group: {} for group in GROUPS}
    for name, text in texts.items():
        setting = known.get(name)
        if setting is None:
            todo = _where_it_is(name) or suggestion(name, list(known))
            violations.append(Violation(f"{SECTION}/{name}", "be a setting that exists", "an unknown one", todo))
        elif text.strip() and (text.strip().lower() not in _NOTHING or setting.type_name == "str"):
            (data[setting.group] if setting.group else data)[name] = text.strip()
    return data
