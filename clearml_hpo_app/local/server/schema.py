"""Requests are checked against the schemas that the ClearML SDK itself carries, loaded at run time.

The wording of what is wrong is the real server's. Operations that the SDK has no schema for state their own
(`registry.operation(schema=…)`), and so do lists (`query_schema`), whose filters the SDK does not all know.
"""

import importlib
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from clearml_hpo_app.local.server.faults import Fault

_PACKAGE = "clearml.backend_api.services.v2_23"
_NAMES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "array": "list"}
_TAGS = ("tags", "system_tags")  # found wrong where they are stored, not where requests are read
Schema = Mapping[str, Any]


@cache
def sdk_schema(operation: str) -> Schema | None:
    """Return the SDK's schema of the request body of `operation`, or None when it has none."""
    service, _, action = operation.partition(".")
    try:
        module = importlib.import_module(f"{_PACKAGE}.{service}")
    except ImportError:
        return None
    name = "".join(part.capitalize() for part in action.split("_")) + "Request"
    schema: Schema | None = getattr(getattr(module, name, None), "_schema", None)
    return schema


def merged(own: Schema | None, sdk: Schema | None) -> Schema:
    """Return what `own` says, and of fields that it does not name what the SDK's schema says.

    Where `own` has `additionalProperties`, those other fields may be anything.
    """
    if own is None or sdk is None or own.get("additionalProperties"):
        return own or sdk or {}
    properties = {**sdk.get("properties", {}), **own.get("properties", {})}
    return {**own, "properties": properties, "definitions": sdk.get("definitions", {})}


def check(schema: Schema, body: Mapping[str, Any]) -> None:
    """Raise a Fault 400/12 that names the first field of `body` that does not fit `schema`."""
    for name in schema.get("required", ()):
        if name not in body:
            raise Fault(400, 12, f"Validation error (error for field '{name}'. field is required!)")
        if body[name] is None:
            raise Fault(400, 12, f"Validation error (error for field '{name}': field is required!.)")
    for name, value in body.items():
        rule = _rule(schema, name)
        if value is not None and rule is not None:
            problem = _problem(rule, value, schema.get("definitions", {}))
            if problem and name in _TAGS and not isinstance(value, list):
                text = "Only lists and tuples may be used in a list field"
                raise Fault(400, 800, "Data validation error", **{name: text})
            if problem:
                raise Fault(400, 12, f"Validation error (error for field '{name}': {problem}.)")


def _rule(schema: Schema, name: str) -> Schema | None:
    """Return what `schema` says of the field `name`, itself or by a pattern; None when it says nothing."""
    known: Mapping[str, Schema] = schema.get("properties", {})
    if name in known:
        return known[name]
    patterns: Mapping[str, Schema] = schema.get("patternProperties", {})
    return next((rule for pattern, rule in patterns.items() if re.search(pattern, name)), None)


def _problem(rule: Schema, value: Any, shared: Schema) -> str | None:
    """Return what is wrong with `value`, in the real server's words, or None."""
    if "$ref" in rule:
        rule = shared[rule["$ref"].rsplit("/", 1)[-1]]
    kinds = rule.get("type", ())
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    if kinds and not any(_is(kind, value) for kind in kinds):
        return f"('value is wrong, expected type \"{_NAMES.get(kinds[0], kinds[0])}\"', {value!r})"
    if "enum" in rule and value not in rule["enum"]:
        return f"value '{value}' is not a valid choice."
    if isinstance(value, list):
        return _list_problem(rule, value, shared)
    if isinstance(value, dict):
        return _object_problem(rule, value, shared)
    return _bounds_problem(rule, value)


def _is(kind: str, value: Any) -> bool:
    if kind == "null":
        return value is None
    if kind in ("integer", "number"):
        return isinstance(value, int if kind == "integer" else (int, float)) and not isinstance(value, bool)
    expected = {"string": str, "boolean": bool, "array": list, "object": dict}
    return isinstance(value, expected.get(kind, object))


def _list_problem(rule: Schema, value: list[Any], shared: Schema) -> str | None:
    least = rule.get("minItems", 0)
    if len(value) < least:
        return f"value '{value}' length is lower than allowed minimum '{least}'."
    items = rule.get("items", {})
    return next(filter(None, (_problem(items, item, shared) for item in value)), None)


def _object_problem(rule: Schema, value: Mapping[str, Any], shared: Schema) -> str | None:
    for name in rule.get("required", ()):
        if name not in value:
            return f"(\"error for field '{name}'.\", validationerror('field is required!'))"
        if value[name] is None:
            return f"error for field '{name}': field is required!."
    known, other = rule.get("properties", {}), rule.get("additionalProperties")
    for name, item in value.items():
        part = known.get(name, other)
        is_left_out = item is None and name in known
        inner = _problem(part, item, shared) if isinstance(part, Mapping) and not is_left_out else None
        if inner:
            return f"error for field '{name}': {inner}."
    return None


def _bounds_problem(rule: Schema, value: Any) -> str | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if "minimum" in rule and value < rule["minimum"]:
            return f"'{value}' is lower than minimum ('{rule['minimum']}')."
        if "maximum" in rule and value > rule["maximum"]:
            return f"'{value}' is bigger than maximum ('{rule['maximum']}')."
    if isinstance(value, str) and len(value) < rule.get("minLength", 0):
        return f"value '{value}' length is lower than allowed minimum '{rule['minLength']}'."
    return None
