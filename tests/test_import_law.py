"""The import law of the package, as its architecture states it, by parsing every module."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import clearml_hpo_app

ROOT = Path(clearml_hpo_app.__file__).parent
PACKAGE = "clearml_hpo_app"
VOCABULARY = {
    "errors",
    "clock",
    "violations",
    "wording",
    "objective",
    "methods",
    "reports",
    "statuses",
    "space",
    "trials",
    "config",
}
DECISIONS = ("controller.deciding", "controller.state", "controller.pace")
MODULES = sorted(path for path in ROOT.rglob("*.py") if "examples" not in path.relative_to(ROOT).parts)


def name_of(path: Path) -> str:
    """Return the module's name within the package, empty for the package itself."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_within(module: str, *places: str) -> bool:
    return any(module == place or module.startswith(f"{place}.") for place in places)


def imports(path: Path) -> Iterator[str]:
    """Yield the absolute name of everything that a module imports anywhere, also within functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            for alias in node.names:
                yield f"{node.module}.{alias.name}"


def ours(path: Path) -> set[str]:
    """Return what a module imports of this package, as names within it."""
    return {name.removeprefix(f"{PACKAGE}.") for name in imports(path) if is_within(name, PACKAGE)}


def foreign(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports(path) if not is_within(name, PACKAGE)}


def users_of(library: str) -> set[str]:
    return {name_of(path) for path in MODULES if library in foreign(path)}


def test_the_law_is_about_all_modules():
    assert {"", "controller.loop", "local.server.wire", "cli.app"} <= set(map(name_of, MODULES))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_the_vocabulary_imports_only_itself(path: Path):
    if is_within(name_of(path), *VOCABULARY):
        assert {name for name in ours(path) if not is_within(name, *VOCABULARY)} <= {"__version__"}
        libraries = foreign(path) - sys.stdlib_module_names
        assert libraries <= {"pydantic", "pydantic_core", "pyhocon", "pyparsing", "yaml"}


def test_optuna_is_for_strategies_only():
    assert users_of("optuna")
    assert all(is_within(name, "strategies") for name in users_of("optuna"))


def test_early_stopping_needs_no_library_and_no_server():
    for path in MODULES:
        if is_within(name_of(path), "early_stopping"):
            assert {name for name in ours(path) if not is_within(name, "early_stopping", *VOCABULARY)} == set(), (
                path
            )
            assert foreign(path) <= sys.stdlib_module_names, path


def test_plotly_is_for_figures_only():
    assert all(is_within(name, "dashboard.figures") for name in users_of("plotly"))


def test_the_sdk_is_for_those_who_talk_to_the_server():
    places = ("clearml_api", "compat", "instances.instance", "local", "entry")
    assert users_of("clearml")
    assert {name for name in users_of("clearml") if not is_within(name, *places)} == set()


def test_the_embedded_server_knows_nothing_of_optimisation():
    for path in MODULES:
        if is_within(name_of(path), "local.server"):
            outside = {name for name in ours(path) if not is_within(name, "local.server", "errors", "clock")}
            assert outside <= {"__version__"}, path


def test_nothing_imports_the_command_line():
    for path in MODULES:
        if not is_within(name_of(path), "cli"):
            assert not any(is_within(name, "cli") for name in ours(path)), path


def test_decisions_know_no_server_and_no_libraries():
    pure = [path for path in MODULES if is_within(name_of(path), *DECISIONS)]
    assert len(pure) > len(DECISIONS)
    for path in pure:
        assert not any(is_within(name, "clearml_api", "strategies", "dashboard") for name in ours(path)), path
        assert foreign(path) <= sys.stdlib_module_names, path
