"""Texts that somebody was to replace, and did not."""

import re
from collections.abc import Mapping
from typing import Any

from clearml_hpo_app.app_package.positions import Path
from clearml_hpo_app.app_package.rules.shapes import Finding, Findings, shown

_MARKS = re.compile(
    r"@[A-Z][A-Z_ ]+@"  # those of our own templates
    r"|<[A-Za-z][^<>/=\n]*[ _-][^<>/=\n]*>(?!.*</)"  # <your repository>; no element of HTML
    r"|<(?:url|repository|repo|branch|tag|queue|name|version|owner|org|organization|company|user|username|host)>"
    r"|\bOWNER/REPO(?:SITORY)?\b|/(?:OWNER|ORG|USER)/"
    r"|\{\{.*?\}\}"
    r"|\b(?:TODO|FIXME|TBD|XXX|CHANGE[_ -]?ME|REPLACE[_ -]?ME|PLACEHOLDER|YOUR[_-][A-Z_-]+)\b"
    r"|\byour-(?:org|organization|company|repo|repository|server|name|user)\b",
)
_FOR_PEOPLE = {"placeholder", "title", "info", "hint", "description", "text"}
"""Fields that hold sentences or examples: only marks of ours are looked for there."""

_OURS = re.compile(r"@[A-Z][A-Z_ ]+@")


def placeholder_findings(value: Any, path: Path = ()) -> Findings:
    """Yield every text below `value` that is still a placeholder."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from placeholder_findings(inner, (*path, str(name)))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from placeholder_findings(inner, (*path, index))
    elif isinstance(value, str):
        marks = _OURS if path and path[-1] in _FOR_PEOPLE else _MARKS
        if match := marks.search(value):
            yield Finding(path, "be filled in", f"the placeholder {shown(match[0])}", "Write what it stands for.")
