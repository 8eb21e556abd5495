"""The application that the page shows, read from the same `app.conf` that ClearML's applications page reads."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from clearml_hpo_app import __version__
from clearml_hpo_app.app_package.build import ASSET, app_conf
from clearml_hpo_app.app_package.repository import Source
from clearml_hpo_app.app_package.template_files import ASSETS, template_path
from clearml_hpo_app.config.files import parse_group
from clearml_hpo_app.web.form.entries import Form, read_form
from clearml_hpo_app.web.form.wire import pieces

USUAL_HEIGHT = "460px"


@dataclass(frozen=True)
class Panel:
    """One content of the dashboard.

    Attributes:
        kind: The `type` of the format (`plot`, `scalar-histogram`, `log`, …).
        metric: Title that the task reports under; empty where there is none.
        variants: Series; empty for all.
        key: What the curves go over: `iter`, `timestamp` or `iso_time`.
        text: Of a content of type html.
    """

    title: str
    kind: str
    metric: str = ""
    variants: tuple[str, ...] = ()
    key: str = "iter"
    hide_legend: bool = False
    text: str = ""


@dataclass(frozen=True)
class Line:
    """Contents side by side, and their height as CSS has it."""

    height: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Application:
    """What an `app.conf` says, as far as a page shows it."""

    name: str
    version: str
    provider: str
    description: str
    icon: str
    form: Form
    lines: tuple[Line, ...]
    badges: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """Return the texts about the application for the browser."""
        return {
            "name": self.name,
            "version": self.version,
            "provider": self.provider,
            "description": pieces(self.description),
            "badges": list(self.badges),
        }


@cache
def own_application() -> Application:
    """Return the application of this package; it is read once."""
    text = app_conf(Source("https://git.example/unused.git", "branch", "main"))
    return read_application(parse_group(text, name="hpo.app.conf", ending=".conf"))


def read_application(conf: Mapping[str, Any]) -> Application:
    """Read an `app.conf`, as plain values; raises `InvalidConfig` when its form is not as the format says."""
    asset = ASSET.search(str(conf.get("icon", "")))
    return Application(
        name=str(conf["name"]),
        version=str(conf.get("version", __version__)),
        provider=str(conf.get("provider", "")),
        description=str(conf.get("description", "")),
        icon=asset[1] if asset else "",
        form=read_form(conf["wizard"]),
        lines=tuple(map(_line, (conf.get("dashboard") or {}).get("lines", ()))),
        badges=tuple(map(str, conf.get("badges", ()))),
    )


def icon_path(application: Application) -> Path:
    """Return where the picture of the application lies, as SVG where there is one; raises `HpoError`."""
    drawn = re.sub(r"\.\w+$", ".svg", application.icon)
    path = template_path(ASSETS) / drawn
    return path if path.exists() else template_path(f"{ASSETS}/{application.icon}")


def _line(raw: Mapping[str, Any]) -> Line:
    contents: Sequence[Mapping[str, Any]] = raw.get("contents", ())
    return Line(str((raw.get("style") or {}).get("height", USUAL_HEIGHT)), tuple(map(_panel, contents)))


def _panel(raw: Mapping[str, Any]) -> Panel:
    variant = raw.get("variant", ())
    return Panel(
        title=str(raw.get("title", raw.get("metric", ""))),
        kind=str(raw["type"]),
        metric=str(raw.get("metric", "")),
        variants=(variant,) if isinstance(variant, str) else tuple(variant),
        key=str(raw.get("key", "iter")),
        hide_legend=bool(raw.get("hide_legend", False)),
        text=str(raw.get("text", "")),
    )
