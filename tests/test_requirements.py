"""requirements.txt, which ClearML's application agent installs, holds what pyproject.toml declares."""

import re
from importlib.metadata import requires
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILE = ROOT / "requirements.txt"


def lines_of(text: str) -> list[str]:
    return [line for line in map(str.strip, text.splitlines()) if line and not line.startswith("#")]


def core_dependencies(text: str) -> list[str]:
    """Return the core dependencies that a pyproject.toml declares (Python 3.10 has no reader for it)."""
    found = re.search(r"^dependencies = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    return re.findall(r'"([^"]+)"', found[1])


def test_requirements_are_the_core_dependencies() -> None:
    declared = core_dependencies((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    assert declared
    assert lines_of(FILE.read_text(encoding="utf-8")) == declared


def test_requirements_name_what_an_installation_needs() -> None:
    """The installed metadata say it too, so that the reading above cannot miss any."""

    def name(line: str) -> str:
        return re.split(r"[^A-Za-z0-9_.-]", line)[0].lower()

    installed = [name(line) for line in requires("clearml-hpo-app") or [] if "extra ==" not in line]
    assert sorted(map(name, lines_of(FILE.read_text(encoding="utf-8")))) == sorted(installed)
