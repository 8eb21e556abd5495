"""One setting as an entry of the launch form: type, default, choices and texts, all from its definition."""

import html
import re
import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from clearml_hpo_app.app_package.form_texts import CONDITIONS, LABELS, PLACEHOLDERS, RADIO, SOURCES, WITHOUT_HINT
from clearml_hpo_app.config.form_rows import MAY_BE_EMPTY

Entry = dict[str, Any]

_BOUNDS = {"ge": "At least {}", "gt": "Above {}", "le": "At most {}", "lt": "Below {}"}
_EMPTY = re.compile(r"\.? *(Empty: [^.]*)\.?")


def field_entry(name: str, field: FieldInfo, *, kind: str = "") -> Entry:
    """Return the entry called `name` for a field, without its target.

    Args:
        name: Name of the entry, by which administrators override it.
        field: Where title, description, default and bounds come from.
        kind: Type of the parameter that alone has the field; the entry is shown only for it.
    """
    choices = _choices(name, field.annotation)
    entry: Entry = {"name": name, "title": field.title, **_texts(name, field)}
    entry["type"] = "dropdown" if choices else _type(name, field.annotation)
    entry["required"] = is_required(field, choices) and name not in MAY_BE_EMPTY
    default = field.default
    if default not in (None, "", (), PydanticUndefined):
        entry["default"] = default
    if name in PLACEHOLDERS:
        entry["placeholder"] = PLACEHOLDERS[name]
    entry.update(choices)
    if conditions := [*([("type", kind)] if kind else []), *CONDITIONS.get(name, ())]:
        entry["conditional"] = {"entries": [{"name": other, "value": value} for other, value in conditions]}
    return entry


def choice_list(name: str, values: tuple[str, ...]) -> list[dict[str, str]]:
    """Return literal choices with the labels that the form has for them."""
    labels = LABELS.get(name, {})
    return [{"label": labels.get(value, value.capitalize()), "value": value} for value in values]


def is_required(field: FieldInfo, choices: Mapping[str, Any]) -> bool:
    """Tell whether the form insists on a value: there is no default, or it is a choice that is always made."""
    is_made = isinstance(choices.get("choices"), list) and field.default is not None
    return field.is_required() or is_made


def rich_text(text: str) -> str:
    """Return a description as the HTML of a tooltip."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(" ".join(text.split()), quote=False))


def _texts(name: str, field: FieldInfo) -> dict[str, str]:
    description = " ".join((field.description or "").split())
    hints = [*_bounds(field), *_EMPTY.findall(description)]
    texts = {"info": rich_text(_EMPTY.sub("", description))}
    if hints and name not in WITHOUT_HINT:
        texts["hint"] = ". ".join(hints).replace("`", "")
    return texts


def _bounds(field: FieldInfo) -> Iterator[str]:
    for item in field.metadata:
        for bound, phrase in _BOUNDS.items():
            if getattr(item, bound, None) is not None:
                yield phrase.format(f"{getattr(item, bound):,}".replace(",", " "))


def _choices(name: str, annotation: Any) -> dict[str, Any]:
    if name in SOURCES:
        return {"autocomplete": True, "choices": SOURCES[name]}
    if get_origin(annotation) is Literal:
        choices: dict[str, Any] = {"choices": choice_list(name, get_args(annotation))}
        return {**({"radio": True} if name in RADIO else {}), **choices}
    if set(_members(annotation)) == {bool, type(None)}:
        return {"choices": choice_list(name, ("true", "false"))}
    return {}


def _type(name: str, annotation: Any) -> str:
    members = set(_members(annotation)) - {type(None)}
    if "\n" in PLACEHOLDERS.get(name, ""):
        return "multiline_text"
    single = {int: "integer", float: "float", bool: "checkbox"}
    return next((single[member] for member in members if members == {member} and member in single), "string")


def _members(annotation: Any) -> tuple[Any, ...]:
    """Return the members of a union, or the type alone; annotations around it are left out."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    is_union = get_origin(annotation) in (Union, types.UnionType)
    return get_args(annotation) if is_union else (annotation,)
