"""Where violations belong: from the path in a configuration to the path of a field of the form."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from clearml_hpo_app.config.form_rows import FORM_NAMES
from clearml_hpo_app.config.task_settings import LISTS, SECTION
from clearml_hpo_app.errors import Violation
from clearml_hpo_app.web.form.entries import Entry, Form, Target
from clearml_hpo_app.web.form.settings import NAME
from clearml_hpo_app.web.form.showing import rows_of
from clearml_hpo_app.web.form.values import missing

EVERYWHERE = ""
"""Path of what belongs to no single field."""

_FORM_NAMES = {field: name for name, field in FORM_NAMES.items()}
_OBJECTS = {field: title for title, field in LISTS.items()}
_ROW = re.compile(r"(\d+)(.*)", re.DOTALL)


def violations_by_place(
    form: Form, values: Mapping[str, Any], violations: Iterable[Violation]
) -> dict[str, list[str]]:
    """Return sentences by the path of the field that they belong to, all violations included.

    Required fields that are empty are among them, whether `violations` name them or not.
    """
    found: dict[str, list[str]] = {}
    for violation in violations:
        path, rest = place_of(form, values, violation.path)
        found.setdefault(path, []).append(_sentence(violation, rest))
    for path in missing(form, values):
        found.setdefault(path, ["Must be given."])
    return found


def place_of(form: Form, values: Mapping[str, Any], path: str) -> tuple[str, str]:
    """Return the path of the field that a violation's path leads to, and what of it leads on from there."""
    head, _, rest = path.partition(".")
    title = _OBJECTS.get(head, head)
    listed = form.going_to(Target("configuration", title))
    if listed is not None:
        return _place_in_list(listed, values, rest)
    setting = rest or head  # `limits.total_tasks`, or `seed`
    target = Target("task", NAME) if setting == "title" else Target("hyperparams", setting.split(".")[0], SECTION)
    entry = form.going_to(target)
    return (entry.name, "") if entry else (EVERYWHERE, path)


def _place_in_list(entry: Entry, values: Mapping[str, Any], rest: str) -> tuple[str, str]:
    row = _ROW.fullmatch(rest)
    if row is None:
        return entry.name, ""
    index, rest = row[1], row[2]
    rows = rows_of(values.get(entry.name))
    name = str(rows[int(index)].get("name", "")) if int(index) < len(rows) else ""
    field, _, onward = rest.removeprefix(f" ({name})").removeprefix(".").partition(".")
    known = {item.name for item in entry.items}
    within = next((each for each in (_FORM_NAMES.get(field, field), field) if each in known), None)
    return (f"{entry.name}.{index}.{within}", onward) if within else (f"{entry.name}.{index}", field)


def _sentence(violation: Violation, rest: str) -> str:
    begin = f"{rest}: must" if rest else "Must"
    got = "" if violation.got == "nothing" else f", but got {violation.got}"
    return f"{begin} {violation.must}{got}. {violation.todo}".rstrip()
