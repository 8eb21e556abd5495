"""Writes the files that are generated from the code: `python -m clearml_hpo_app.cli.generate [--check]`.

For developers, in a checkout: the files lie in the repository, beside the package.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from clearml_hpo_app.app_package.form import form_text
from clearml_hpo_app.cli.command_reference import command_reference
from clearml_hpo_app.cli.settings_reference import settings_reference
from clearml_hpo_app.config import HpoConfig

ROOT = Path(__file__).parents[2]
COMMAND = "python -m clearml_hpo_app.cli.generate"


def generated() -> dict[str, str]:
    """Return the text of every generated file, by its path from the root of the repository."""
    return {
        "app_schema/hpo-config.schema.json": _schema(),
        "app_schema/wizard.conf": form_text(),
        "docs/configuration.md": settings_reference(),
        "docs/cli.md": command_reference(),
    }


def outdated(root: Path) -> list[str]:
    """Return the paths of the generated files that are missing below `root` or differ."""
    return [path for path, text in generated().items() if _read(root / path) != text]


def main(arguments: Sequence[str]) -> int:
    """Write the files, or with `--check` name those that are not up to date; return the exit code."""
    if list(arguments) not in ([], ["--check"]):
        return _tell(f"The only option is --check, but got {' '.join(arguments)}.", 2)
    if not (ROOT / "pyproject.toml").exists():
        return _tell(f"The package must lie in a checkout of its repository, but {ROOT} is none.", 1)
    changed = outdated(ROOT)
    if arguments:
        for path in changed:
            _tell(f"{path} must be what the code generates, but differs. Run: {COMMAND}", 1)
        return 1 if changed else 0
    for path in changed:
        (ROOT / path).parent.mkdir(exist_ok=True)
        (ROOT / path).write_text(generated()[path], encoding="utf-8", newline="\n")
        _tell(f"written: {path}", 0)
    return 0


def _schema() -> str:
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **HpoConfig.model_json_schema()}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _tell(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)  # noqa: T201
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
