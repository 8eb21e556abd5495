"""Root and `task` of an `app.conf`: what the application is, and which code it runs."""

from collections.abc import Mapping, Set
from typing import Any

from clearml_hpo_app.app_package.build import ASSET
from clearml_hpo_app.app_package.repository import ADDRESS, REVISION
from clearml_hpo_app.app_package.rules.shapes import (
    BOOLEAN,
    GROUP,
    INTEGER,
    NAME,
    SCALAR,
    TEXT,
    TEXTS,
    VERSION,
    Check,
    Finding,
    Findings,
    Shape,
    is_text,
    one_of,
    within,
)
from clearml_hpo_app.instances.package_spec import holds_credentials

_ADDRESS = Check(
    "be a web address, or a file of the assets: ${ASSET:file}",
    lambda value: is_text(value) and (value.startswith(("https://", "http://")) or bool(ASSET.fullmatch(value))),
)
ROOT = Shape(
    required={
        "id": NAME,
        "name": TEXT,
        "version": VERSION,
        "provider": TEXT,
        "description": TEXT,
        "default_queue": TEXT,
        "task": GROUP,
        "wizard": GROUP,
    },
    optional={
        "dashboard": GROUP,
        "icon": _ADDRESS,
        "no_info_html": _ADDRESS,
        "no_info_image": _ADDRESS,
        "badges": TEXTS,
        "details_page": one_of(["task"]),
        "resumable": BOOLEAN,
        "category": TEXT,
        "featured": INTEGER,
    },
)
TASK = Shape(required={"script": GROUP}, optional={"hyperparams": GROUP})
_REPOSITORY = Check(
    "be the address of a repository, without credentials",
    lambda value: is_text(value) and bool(ADDRESS.match(value)) and not holds_credentials(value),
)
_REVISION = Check(
    "be the name of a branch or tag", lambda value: is_text(value) and bool(REVISION.fullmatch(value))
)
SCRIPT = Shape(
    required={"repository": _REPOSITORY, "entry_point": TEXT, "working_dir": TEXT},
    optional={"branch": _REVISION, "tag": _REVISION},
)


def root_findings(values: Mapping[str, Any], assets: Set[str] | None) -> Findings:
    """Yield what is wrong with the root and the task.

    Args:
        values: The whole file.
        assets: Names of the files of the assets; `None` where they are not known.
    """
    yield from ROOT.findings(values, ())
    if "task" in values:
        yield from _task_findings(values["task"])
    for name in ("icon", "no_info_html", "no_info_image"):
        text = values.get(name)
        match = ASSET.fullmatch(text) if isinstance(text, str) else None
        if match and assets is not None and match[1] not in assets:
            got = f"assets with {', '.join(sorted(assets))}" if assets else "no assets"
            yield Finding((name,), f"name a file of the assets ({match[1]})", got, "Add the file to assets/.")


def _task_findings(task: Any) -> Findings:
    yield from TASK.findings(task, ("task",))
    script = within(task, "script")
    if isinstance(script, Mapping):
        path = ("task", "script")
        yield from SCRIPT.findings(script, path)
        revisions = [name for name in ("branch", "tag") if name in script]
        if len(revisions) != 1:
            got = " and ".join(revisions) or "neither"
            yield Finding(path, "have a branch or a tag", got, "Give one of them.")
    hyperparams = within(task, "hyperparams")
    for section, defaults in hyperparams.items() if isinstance(hyperparams, Mapping) else ():
        place = ("task", "hyperparams", str(section))
        yield from GROUP.findings(defaults, place)
        for name, default in defaults.items() if isinstance(defaults, Mapping) else ():
            yield from SCALAR.findings(default, (*place, str(name)))
