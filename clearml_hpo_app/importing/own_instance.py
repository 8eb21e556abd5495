"""Import from an instance of this application, also of an older version, or a task that keeps an export."""

from clearml_hpo_app.config import APP
from clearml_hpo_app.config.export import read_export
from clearml_hpo_app.config.files import parse_group
from clearml_hpo_app.config.task_settings import SECTION, from_task, settings
from clearml_hpo_app.errors import UnreadableFile
from clearml_hpo_app.importing.imported import Imported, TaskTexts

EXPORT = "Configuration"
"""Configuration object in which an instance keeps its export."""

SOURCE = "an instance of this application"


def recognises(task: TaskTexts) -> bool:
    """Tell whether the task is an instance of ours, or holds an export of one."""
    return SECTION in task.sections or _holds_export(task)


def read(task: TaskTexts) -> Imported:
    """Read the settings that people can edit on the task, or else the export that it keeps.

    Raises:
        InvalidConfig: With all violations.
    """
    if SECTION not in task.sections:
        config, lost = read_export(parse_group(task.objects[EXPORT], name=EXPORT, foreign=True))
        return Imported(config, SOURCE, tuple(lost))
    known = {setting.name for setting in settings()}
    given = task.sections[SECTION]
    texts = {name: text for name, text in given.items() if name in known}
    gone = [f"{SECTION}/{name} = {given[name]!r:.80}" for name in given if name not in known]
    lost = [f"The setting {name} does not exist in this version." for name in gone]
    if "early_stopping" not in given:
        texts["early_stopping"] = "none"  # what an older version did
    return Imported(from_task(texts, task.objects), SOURCE, tuple(lost))


def _holds_export(task: TaskTexts) -> bool:
    try:
        return parse_group(task.objects.get(EXPORT, ""), name=EXPORT, foreign=True).get("app") == APP
    except UnreadableFile:
        return False
