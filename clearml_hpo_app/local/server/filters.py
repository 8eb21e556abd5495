"""What a list request asks for, as SQL: ClearML's filters over one collection.

The forms are the real server's: lists are any-of, "-x" leaves out, `__$all`/`__$any`/`__$not` combine, ranges are
pairs or ">=…" texts, `name` is a case-sensitive unanchored regular expression, empty means no filter.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from clearml_hpo_app.local.server.documents import Collection, Document
from clearml_hpo_app.local.server.faults import Fault, invalid, unresolved
from clearml_hpo_app.local.server.moments import parsed, stored
from clearml_hpo_app.local.server.patterns import checked
from clearml_hpo_app.local.server.query_schema import ARRAYS, NUMBERS, SCALARS

Condition = tuple[str, list[Any]]

_OPERATORS = {"__$all": "all", "__$and": "all", "__$any": "any", "__$or": "any"}
_BOUND = re.compile(r"(>=|<=|>|<)(.*)", re.DOTALL)


def conditions(collection: Collection, query: Document) -> Condition:
    """Return the condition that a document of `collection` must fulfil, and its parameters."""
    found = [*_lists(collection, query), *_ranges(collection, query), *_patterns(collection, query)]
    for field, wanted in (query.get("filters") or {}).items():
        found.append(_combined(collection, field, wanted))
    if not query.get("search_hidden") and not query.get("id"):
        found.append(("coalesce(system_tags, '') NOT LIKE '%\"hidden\"%'", []))
    sql = " AND ".join(f"({part})" for part, _ in found) or "1"
    return sql, [value for _, values in found for value in values]


def path_of(collection: Collection, name: str) -> tuple[str, ...]:
    """Return the path that the dotted `name` means; a Fault when its first part is no field."""
    path = tuple(unquote(part) for part in str(name).split("."))
    if path[0] not in collection.fields or any(letter in part for part in path for letter in '"\0'):
        raise unresolved(path[0])
    return path


def list_condition(expression: str, values: Any, *, array: bool) -> Condition:
    """Return the condition of one list filter (`tags: ["a", "-b"]`)."""
    items = values if isinstance(values, list) else [values]
    has: Callable[[Any, bool], Condition] = _element if array else _equals
    operator: str | None = None
    negate, groups = False, {"all": [], "any": [], "not": []}  # type: tuple[bool, dict[str, list[Condition]]]
    for item in items:
        if item == "__$not":
            negate = True
        elif isinstance(item, str) and item in _OPERATORS:
            operator = _OPERATORS[item]
        elif operator is None and not negate and isinstance(item, str) and item.startswith("-"):
            groups["not"].append(has((expression, item[1:]), False))
        else:
            group = operator or ("not" if negate else "any")
            groups[group].append(has((expression, item), not negate))
            negate = False
    parts = [_joined(" OR ", groups["any"]), _joined(" AND ", groups["all"] + groups["not"])]
    return _joined(" AND ", [part for part in parts if part[0] != "1"])


def _equals(wanted: Any, positive: bool) -> Condition:
    expression, value = wanted
    if value is None:
        return f"{expression} IS {'' if positive else 'NOT '}NULL", []
    return f"{expression} IS {'' if positive else 'NOT '}?", [value]


def _element(wanted: Any, positive: bool) -> Condition:
    expression, value = wanted
    if value is None:
        return f"coalesce({expression}, '[]') {'=' if positive else '<>'} '[]'", []
    member = f"EXISTS (SELECT 1 FROM json_each({expression}) WHERE value = ?)"  # noqa: S608
    return member if positive else f"NOT {member}", [value]


def _joined(word: str, parts: Sequence[Condition]) -> Condition:
    if not parts:
        return "1", []
    return "(" + word.join(sql for sql, _ in parts) + ")", [value for _, values in parts for value in values]


def _lists(collection: Collection, query: Document) -> list[Condition]:
    found = []
    for name in (*SCALARS, *sorted(ARRAYS)):
        values = query.get(name)
        if values in (None, [], "") or name.split(".")[0] not in collection.fields:
            continue
        expression = collection.expression(tuple(name.split(".")))
        if isinstance(values, list) and len(values) > 20 and all(_plain(item) for item in values):
            marks = ", ".join("?" for _ in values)
            found.append((f"{expression} IN ({marks})", list(values)))
        else:
            found.append(list_condition(expression, values, array=name in ARRAYS))
    for name, values in query.items():
        if name.startswith("hyperparams.") and "hyperparams" in collection.fields and values:
            path = path_of(collection, name)
            if len(path) != 4:
                raise invalid("invalid task field", path=name)
            found.append(list_condition(collection.expression(path), values, array=False))
    if isinstance(query.get("ready"), bool) and "ready" in collection.fields:
        found.append((f"{collection.expression(('ready',))} IS ?", [int(query["ready"])]))
    return found


def _plain(item: Any) -> bool:
    return isinstance(item, str) and not item.startswith(("-", "__$"))


def _ranges(collection: Collection, query: Document) -> list[Condition]:
    found = []
    for name, wanted in query.items():
        if wanted in (None, []):
            continue
        if name in collection.dates:
            found.append(_range(collection.expression((name,)), name, wanted, _date))
        elif (name in NUMBERS and name in collection.fields) or name.startswith("last_metrics."):
            found.append(_range(collection.expression(path_of(collection, name)), name, wanted, _number))
    return found


def _range(expression: str, name: str, wanted: Any, read: Callable[[Any], Any]) -> Condition:
    texts = [wanted] if isinstance(wanted, str) else wanted
    bounds = [_BOUND.fullmatch(item) if isinstance(item, str) else None for item in texts]
    if any(bounds):
        parts = [(f"{expression} {bound[1]} ?", [read(bound[2])]) for bound in bounds if bound]
        return _joined(" AND ", parts)
    if not isinstance(texts, list) or len(texts) != 2:
        raise invalid(f"Min and max values should be specified for range field {name}")
    low, high = texts
    parts = [(f"{expression} {sign} ?", [read(v)]) for sign, v in ((">=", low), ("<=", high)) if v is not None]
    return _joined(" AND ", parts)


def _date(value: Any) -> str:
    moment = parsed(str(value))
    if moment is None:
        raise invalid(f"Invalid date {value}")
    return stored(moment)


def _number(value: Any) -> float:
    try:
        return float(value)
    except ValueError as error:
        raise invalid(f"Invalid number {value}") from error


def _patterns(collection: Collection, query: Document) -> list[Condition]:
    found = []
    for name in ("name", "basename"):
        if query.get(name) and name in collection.fields:
            if not isinstance(query[name], str):
                raise Fault(500, 0, f"unhashable type: '{type(query[name]).__name__}'")
            pattern = query[name] if name == "name" else f"^{re.escape(query[name])}$"
            found.append(_regexp(collection.expression((name,)), pattern))
    for key, word in (("_any_", " OR "), ("_all_", " AND ")):
        wanted = query.get(key)
        if isinstance(wanted, Mapping) and wanted.get("pattern"):
            paths = [path_of(collection, field) for field in wanted.get("fields", ())]
            pattern = str(wanted["pattern"])
            found.append(_joined(word, [_regexp(collection.expression(path), pattern, "(?i)") for path in paths]))
    if query.get("search_text"):
        found.append(_words(collection, str(query["search_text"])))
    return found


def _regexp(expression: str, pattern: str, flags: str = "") -> Condition:
    return f"{expression} REGEXP ?", [flags + checked(pattern)]


def _words(collection: Collection, text: str) -> Condition:
    """Any of the words (or the "quoted phrase"), as a whole word of the name, comment or id."""
    fields = [name for name in ("id", "name", "comment") if name in collection.fields]
    terms = [phrase or word for phrase, word in re.findall(r'"([^"]+)"|(\S+)', text)]
    patterns = [rf"(?i)\b{re.escape(term)}\b" for term in terms]
    parts = [_regexp(collection.expression((field,)), pattern) for field in fields for pattern in patterns]
    return _joined(" OR ", parts)


def _combined(collection: Collection, field: str, wanted: Mapping[str, Any]) -> Condition:
    """The newer form: `{any|all: {include, exclude}, op: and|or}`."""
    expression = collection.expression(path_of(collection, field))
    has: Callable[[Any, bool], Condition] = _element if field in ARRAYS else _equals
    groups = []
    for key, word in (("any", " OR "), ("all", " AND ")):
        group = wanted.get(key) or {}
        parts = [has((expression, value), True) for value in group.get("include") or ()]
        parts += [has((expression, value), False) for value in group.get("exclude") or ()]
        if parts:
            groups.append(_joined(word, parts))
    return _joined(" OR " if wanted.get("op") == "or" else " AND ", groups)
