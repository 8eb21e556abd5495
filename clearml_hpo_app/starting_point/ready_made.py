"""Ready-made search spaces for common frameworks: files of `templates/configs`, in a checkout or installed."""

from dataclasses import dataclass
from pathlib import Path

from clearml_hpo_app.config import HpoConfig, parse_config
from clearml_hpo_app.errors import HpoError, UsageError
from clearml_hpo_app.violations import suggestion

PLACEHOLDER = "BASE_TASK_ID"
"""What stands in a file for the id of the base task."""

_FOLDERS = (Path(__file__).parent / "configs", Path(__file__).parents[2] / "templates" / "configs")


@dataclass(frozen=True)
class ReadyMade:
    """A ready-made configuration; `notes` are the comments at its top, which say what the script must do."""

    name: str
    notes: tuple[str, ...]
    config: HpoConfig


def ready_made_names() -> list[str]:
    """Return the names of all ready-made configurations, sorted."""
    return sorted(path.stem for path in _folder().glob("*.yaml"))


def ready_made(name: str) -> ReadyMade:
    """Return a ready-made configuration; raises `UsageError` when there is none of this name."""
    names = ready_made_names()
    if name not in names:
        raise UsageError(f"A template must be one that exists, but got {name!r}. {suggestion(name, names)}")
    text = (_folder() / f"{name}.yaml").read_text(encoding="utf-8")
    top = text.partition("\n\n")[0].splitlines()
    notes = tuple(line.removeprefix("#").removeprefix(" ") for line in top)
    return ReadyMade(name, notes, parse_config(text, name=name, ending=".yaml"))


def _folder() -> Path:
    for folder in _FOLDERS:
        if folder.is_dir():
            return folder
    raise HpoError(
        "The package must be installed with its ready-made spaces, but they are missing. Install it anew."
    )
