"""Whether an `app.conf`, alone or in a zip, holds against the format: every problem with its file, line and path.

Format: https://clear.ml/docs/latest/docs/deploying_clearml/enterprise_deploy/app_custom
"""

import zipfile
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path as File
from typing import Any

from clearml_hpo_app.app_package.build import app_conf
from clearml_hpo_app.app_package.positions import Path, Positions, find_positions
from clearml_hpo_app.app_package.repository import Source
from clearml_hpo_app.app_package.rules.dashboard import dashboard_findings
from clearml_hpo_app.app_package.rules.placeholders import placeholder_findings
from clearml_hpo_app.app_package.rules.root import root_findings
from clearml_hpo_app.app_package.rules.shapes import Finding, Findings, within
from clearml_hpo_app.app_package.rules.wizard import wizard_findings
from clearml_hpo_app.app_package.template_files import APP_CONF, ASSETS, template_path
from clearml_hpo_app.errors import UnreadableFile, Violation

_ENDING = ".app.conf"
_LARGEST = 20_000_000


@dataclass(frozen=True)
class Problem:
    """One problem of a file: on which line (from 1; 0 is the file as a whole), and what must hold there."""

    file: str
    line: int
    violation: Violation

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.violation}" if self.line else f"{self.file}: {self.violation}"


def validate_file(path: File) -> list[Problem]:
    """Return all problems of an `app.conf` or of a zip with one, in the order of the lines.

    Raises:
        UnreadableFile: The file cannot be opened.
    """
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                return _validate_zip(path.name, archive)
        content = path.read_bytes()
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise UnreadableFile(f"{path} must be a readable app.conf or zip, but: {error}.") from error
    folder = path.parent / ASSETS
    assets = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    return validate_text(_decoded(content, path.name), path.name, assets if folder.is_dir() else None)


def validate_own() -> list[Problem]:
    """Return all problems of the `app.conf` of this version; the repository is left to whoever builds it."""
    text = app_conf(Source("https://git.example/hpo.git", "branch", "main"))
    folder = template_path(ASSETS)
    return validate_text(text, APP_CONF, {file.name for file in folder.iterdir()})


def validate_text(text: str, name: str, assets: Set[str] | None = None) -> list[Problem]:
    """Return all problems of the text of an `app.conf`, called `name`, in the order of the lines.

    Args:
        text: What the file holds.
        name: What the file is called in the problems.
        assets: Names of the files of its assets; `None` where they are not known.
    """
    try:
        return _all_problems(text, name, assets)
    except RecursionError:
        return [Problem(name, 0, Violation("the text", "be nested as an app.conf is", "hundreds of levels"))]


def _all_problems(text: str, name: str, assets: Set[str] | None) -> list[Problem]:
    positions = find_positions(text)
    outside = [
        Problem(
            name, spot.line, Violation(spot.text, "stand within quotes, or not at all", "HOCON that reaches out")
        )
        for spot in positions.reaching_out
    ]
    if outside:
        return outside
    values, problem = _parse(text, name)
    if problem is not None:
        return [problem]
    found = [*_repeated(positions, values), *_findings(values, assets)]
    problems = [_problem(name, finding, positions, values) for finding in found]
    return sorted(problems, key=lambda problem: problem.line)


def _findings(values: Mapping[str, Any], assets: Set[str] | None) -> Iterator[Finding]:
    yield from root_findings(values, assets)
    if isinstance(values.get("wizard"), Mapping):
        yield from wizard_findings(values["wizard"])
    if isinstance(values.get("dashboard"), Mapping):
        yield from dashboard_findings(values["dashboard"])
    yield from placeholder_findings(values)


def _repeated(positions: Positions, values: Any) -> Findings:
    for path, line in positions.repeated:
        if not isinstance(_at(values, path), Mapping):  # groups that stand twice are one
            got = f"it on line {positions.line_of(path)} and on line {line}"
            yield Finding(path, "stand once in its group", got, "Remove one.")


def _problem(name: str, finding: Finding, positions: Positions, values: Any) -> Problem:
    violation = Violation(_shown_path(finding.path, values), finding.must, finding.got, finding.todo)
    return Problem(name, positions.line_of(finding.path), violation)


def _shown_path(path: Path, values: Any) -> str:
    """Return a path as people read it: `wizard.entries.3 (method).default`."""
    parts = []
    for end, step in enumerate(path, start=1):
        name = within(_at(values, path[:end]), "name") if isinstance(step, int) else None
        parts.append(f"{step} ({name})" if isinstance(name, str) else str(step))
    return ".".join(parts) or "the file"


def _at(values: Any, path: Path) -> Any:
    for step in path:
        if isinstance(values, Mapping):
            values = values.get(step)
        elif isinstance(values, list) and isinstance(step, int) and step < len(values):
            values = values[step]
        else:
            return None
    return values


def _parse(text: str, name: str) -> tuple[Mapping[str, Any], Problem | None]:
    from pyhocon import ConfigFactory
    from pyhocon.exceptions import ConfigException
    from pyparsing import ParseBaseException

    line, why = 1, ""
    try:
        parsed = ConfigFactory.parse_string(text, resolve=False)
        if hasattr(parsed, "as_plain_ordered_dict"):
            return parsed.as_plain_ordered_dict(), None
    except ParseBaseException as error:
        line, why = error.lineno, str(error)
    except (ConfigException, RecursionError, AttributeError, KeyError, TypeError, ValueError) as error:
        why = str(error)
    got = " ".join(why.split())[:200] or "something else"
    return {}, Problem(name, line, Violation("the text", "be HOCON, a group of fields", got))


def _validate_zip(name: str, archive: zipfile.ZipFile) -> list[Problem]:
    members = [member.filename for member in archive.infolist() if not member.is_dir()]
    files = [member for member in members if member.endswith(_ENDING) and "/" not in member]
    assets = {member.removeprefix(f"{ASSETS}/") for member in members if member.startswith(f"{ASSETS}/")}
    strange = [member for member in members if member not in files and not member.startswith(f"{ASSETS}/")]
    problems = [
        Problem(
            name, 0, Violation(member, f"be below {ASSETS}/, or end in {_ENDING}", "another place", "Remove it.")
        )
        for member in strange
    ]
    if len(files) != 1:
        got = ", ".join(files) or "none"
        problems.append(Problem(name, 0, Violation("the zip", f"hold one file <name>{_ENDING} at its top", got)))
    for file in files:
        if archive.getinfo(file).file_size > _LARGEST:
            problems.append(Problem(name, 0, Violation(file, "be a text of some kilobytes", "a huge file")))
        else:
            problems += validate_text(_decoded(archive.read(file), file), file, assets)
    return problems


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        if content.startswith(b"PK"):
            raise UnreadableFile(f"{name} must be a whole zip, but its end is missing.") from error
        raise UnreadableFile(f"{name} must be text (UTF-8), but it is not: {error.reason}.") from error
