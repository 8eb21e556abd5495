"""One entry of the launch form: its fields by its type, its choices, its default and its target."""

from collections.abc import Mapping
from typing import Any

from clearml_hpo_app.app_package.positions import Path
from clearml_hpo_app.app_package.rules.shapes import (
    ANY,
    BOOLEAN,
    COUNT,
    GROUP,
    LIST,
    NAME,
    SCALAR,
    TEXT,
    Check,
    Finding,
    Findings,
    Shape,
    every,
    is_number,
    one_of,
    shown,
    within,
)

SINGLE = ("string", "integer", "float", "checkbox", "multiline_text", "dropdown")
NESTED = ("group", "list")
SOURCES = ("project", "task", "model", "queue", "dataset_version")
TASK_FIELDS = ("name", "project")

_REQUIRED = {"name": NAME, "title": TEXT, "type": one_of([*SINGLE, *NESTED]), "required": BOOLEAN}
_TEXTS: Mapping[str, Check] = {
    "info": TEXT,
    "hint": TEXT,
    "conditional": GROUP,
    "default_conditional_on": GROUP,
}
_VALUE: Mapping[str, Check] = {"default": ANY, "placeholder": TEXT, "target": ANY}
_TITLES: Mapping[str, Check] = {"collapsible": BOOLEAN, "collapsibleTitleTemplate": TEXT}
_SHAPES: Mapping[str, Shape] = {
    **dict.fromkeys(SINGLE, Shape(_REQUIRED, {**_TEXTS, **_VALUE})),
    "dropdown": Shape(
        {**_REQUIRED, "choices": ANY}, {**_TEXTS, **_VALUE, "autocomplete": BOOLEAN, "radio": BOOLEAN}
    ),
    "group": Shape({**_REQUIRED, "item_template": LIST}, {**_TEXTS, **_TITLES}),
    "list": Shape({**_REQUIRED, "item_template": LIST}, {**_TEXTS, **_TITLES, "min_items": COUNT, "target": ANY}),
}
_DEFAULTS: Mapping[str, Check] = {
    "string": Check("be text", lambda value: isinstance(value, str)),
    "multiline_text": Check("be text", lambda value: isinstance(value, str)),
    "integer": Check(
        "be a whole number", lambda value: is_number(value) and (isinstance(value, int) or value.is_integer())
    ),
    "float": Check("be a number", is_number),
    "checkbox": BOOLEAN,
}
_CHOICE = Shape({"label": TEXT, "value": SCALAR})
_SOURCE = Shape(
    {"source": one_of(SOURCES), "value_field": TEXT, "display_field": TEXT},
    {"filter": GROUP},
)
_TARGETS: Mapping[Any, Shape] = {
    "hyperparams": Shape({"field": ANY, "section": TEXT, "name": TEXT}),
    "configuration": Shape({"field": ANY, "name": TEXT}, {"format": one_of(["str", "json"])}),
}


def entry_findings(entry: Any, path: Path, *, in_list: bool) -> Findings:
    """Yield what is wrong with an entry by itself; what is nested in it, and how entries refer, is not looked at.

    Args:
        entry: The entry.
        path: Where it stands.
        in_list: It is a field of a list, which as a whole has the target.
    """
    kind = within(entry, "type")
    yield from _SHAPES.get(kind if isinstance(kind, str) else "", Shape(_REQUIRED, _any(entry))).findings(
        entry, path
    )
    if not isinstance(entry, Mapping):
        return
    if kind == "dropdown" and "choices" in entry:
        yield from _choice_findings(entry["choices"], (*path, "choices"))
    if "default" in entry and kind in SINGLE:
        yield from default_check(entry).findings(entry["default"], (*path, "default"))
    yield from _target_findings(entry, kind, path, in_list)


def literal_values(entry: Any) -> list[Any] | None:
    """Return the values that an entry can have, `None` where everything is possible."""
    if within(entry, "type") == "checkbox":
        return [True, False]
    choices = within(entry, "choices")
    if not isinstance(choices, list):
        return None
    return [choice.get("value") if isinstance(choice, Mapping) else choice for choice in choices]


def default_check(entry: Mapping[str, Any]) -> Check:
    """Return what the default of an entry must be."""
    values = literal_values(entry)
    if values is None or entry["type"] == "checkbox":
        return _DEFAULTS.get(entry["type"], SCALAR)
    return Check(f"be one of its choices ({', '.join(map(str, values))})", lambda value: value in values)


def _any(entry: Any) -> dict[str, Check]:
    """Of an entry without a known type, only what every entry has can be judged."""
    return {str(name): ANY for name in entry} if isinstance(entry, Mapping) else {}


def _choice_findings(choices: Any, path: Path) -> Findings:
    if isinstance(choices, Mapping):
        yield from _SOURCE.findings(choices, path)
        return
    yield from Check("be a list of choices, or a source { source: … }", LIST.holds).findings(choices, path)
    for index, choice in enumerate(every(choices)):
        if isinstance(choice, Mapping):
            yield from _CHOICE.findings(choice, (*path, index))
        else:
            yield from SCALAR.findings(choice, (*path, index))
    values = literal_values({"choices": choices}) or []
    for index, value in enumerate(values):
        if value in values[:index]:
            yield Finding((*path, index), "differ from the choices before it", shown(value), "Remove one.")


def _target_findings(entry: Mapping[str, Any], kind: Any, path: Path, in_list: bool) -> Findings:
    target = entry.get("target")
    if in_list or kind == "group":
        if target is not None and kind != "group":  # a group has no such field, which was told
            yield Finding((*path, "target"), "stand on the list as a whole", "one of a field of the list")
    elif target is None:
        yield Finding((*path, "target"), "be given", "nothing", "Say where the value goes, or nobody sees it.")
    elif isinstance(target, Mapping):
        yield from _group_target_findings(target, kind, (*path, "target"))
    else:
        must = f"be {' or '.join(TASK_FIELDS)}, or a group with a field (hyperparams or configuration)"
        yield from Check(must, lambda value: value in TASK_FIELDS).findings(target, (*path, "target"))


def _group_target_findings(target: Mapping[str, Any], kind: Any, path: Path) -> Findings:
    field = target.get("field")
    shape = _TARGETS.get(field) if isinstance(field, str) else None
    if shape is None:
        yield from one_of(list(_TARGETS)).findings(field, (*path, "field"))
        return
    yield from shape.findings(target, path)
    if kind == "list" and (field, target.get("format")) != ("configuration", "json"):
        yield Finding(path, "be a configuration object of format json for a list", shown(target))
