"""The dashboard: lines of panels, each with what it needs to find what the task reported."""

import re
from collections.abc import Mapping
from typing import Any

from clearml_hpo_app.app_package.positions import Path
from clearml_hpo_app.app_package.rules.shapes import (
    ANY,
    BOOLEAN,
    GROUP,
    LIST,
    TEXT,
    Check,
    Finding,
    Findings,
    Shape,
    every,
    is_text,
    one_of,
    shown,
    within,
)

_VARIANT = Check(
    "be the name of a series, or a list of such names",
    lambda value: is_text(value) or (isinstance(value, list) and bool(value) and all(map(is_text, value))),
)
_METRIC = {"metric": TEXT, "variant": _VARIANT}
_KINDS: Mapping[str, tuple[Mapping[str, Check], Mapping[str, Check]]] = {
    "scalar-histogram": (
        {"metric": TEXT},
        {"variant": _VARIANT, "key": one_of(["iter", "timestamp", "iso_time"]), "hide_legend": BOOLEAN},
    ),
    "plot": ({"metric": TEXT}, {"variant": _VARIANT, "hide_legend": BOOLEAN}),
    "scalar": (_METRIC, {}),
    "debug-images": ({}, _METRIC),
    "log": ({}, {}),
    "hyperparameter": ({}, {}),
    "configuration": ({}, {}),
    "html": ({"text": TEXT}, {}),
}
_DASHBOARD = Shape({"lines": LIST})
_LINE = Shape({"contents": LIST}, {"style": GROUP})
_TYPE = {"type": one_of(list(_KINDS))}
_LENGTH = Check(
    'be a length of CSS, like "440px", or "initial"',
    lambda value: (
        isinstance(value, str) and bool(re.fullmatch(r"\d+(\.\d+)?(px|em|rem|vh|%)|initial|auto", value))
    ),
)
_INSERTION = re.compile(r"\$\{([^}]*)\}")
_HYPERPARAMETER = re.compile(r"hyperparams\.[^.]+\..+\.value")


def dashboard_findings(dashboard: Any) -> Findings:
    """Yield what is wrong with `dashboard`."""
    path: Path = ("dashboard",)
    yield from _DASHBOARD.findings(dashboard, path)
    for index, line in enumerate(every(within(dashboard, "lines"))):
        place = (*path, "lines", index)
        yield from _LINE.findings(line, place)
        height = within(line, "style", "height")
        if height is not None:
            yield from _LENGTH.findings(height, (*place, "style", "height"))
        for number, content in enumerate(every(within(line, "contents"))):
            yield from _content_findings(content, (*place, "contents", number))


def _content_findings(content: Any, path: Path) -> Findings:
    kind = within(content, "type")
    if not isinstance(kind, str) or kind not in _KINDS:
        others = {str(name): ANY for name in content} if isinstance(content, Mapping) else {}
        yield from Shape(_TYPE, others).findings(content, path)
        return
    required, optional = _KINDS[kind]
    yield from Shape({"type": TEXT, **required}, {"title": TEXT, **optional}).findings(content, path)
    text = within(content, "text")
    for name in _INSERTION.findall(text) if isinstance(text, str) else ():
        if not _HYPERPARAMETER.fullmatch(name):
            must = "insert hyperparameters as ${hyperparams.Section.name.value}"
            yield Finding((*path, "text"), must, shown(f"${{{name}}}"))
