"""The single settings as a task shows them: hyperparameters of section HPO, with type and meaning."""

from collections.abc import Mapping
from typing import Literal, get_args, get_origin

from clearml_hpo_app.clearml_api import tasks
from clearml_hpo_app.config.task_settings import SECTION, Setting, settings


def setting_items(texts: Mapping[str, str]) -> dict[str, dict[str, dict[str, str]]]:
    """Return section HPO as ClearML stores it, in the order of the form.

    Args:
        texts: Text of every setting by its flat name; one that is missing is empty.
    """
    items = {
        setting.name: tasks.item(
            SECTION,
            setting.name,
            texts.get(setting.name, ""),
            kind=setting.type_name,
            description=_meaning(setting),
        )
        for setting in settings()
    }
    return {SECTION: items}


def _meaning(setting: Setting) -> str:
    """What the setting means; where only some words are possible, these too, since the UI offers no choice."""
    description = " ".join((setting.field.description or "").split())
    annotation = setting.field.annotation
    if get_origin(annotation) is not Literal:
        return description
    return f"{description}. One of: {', '.join(map(str, get_args(annotation)))}"
