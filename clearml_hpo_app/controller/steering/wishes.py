"""What people may write on a running controller task: its user properties, the part that ClearML's UI can edit.

A property says what is *wanted*, so that reading it twice changes nothing. One-off acts (add a trial, drop one)
carry an id instead, and what was done is kept (`steering/acts.py`).
"""

from collections.abc import Mapping
from contextlib import suppress
from enum import Enum
from functools import cache

from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.config.task_settings import (
    Setting,
    from_task,
    settings,
    to_configuration_objects,
    to_hyperparameters,
)
from clearml_hpo_app.errors import InvalidConfig

PREFIX = "hpo_"
WANT, ANSWER, PINNED = "hpo_want", "hpo_answer", "hpo_pinned"
ADD_TRIAL, DROP_TRIAL = "hpo_add_trial", "hpo_drop_trial"
QUEUE = "execution_queue"
NO_LIMIT = "none"
ENDED = "ended"
"""What `hpo_want` says once the run has ended, so that a wish to stop does not end the next one."""


class Want(str, Enum):
    """What state a person wants the run to be in."""

    RUNNING = "running"
    PAUSED = "paused"
    STOP = "stop"
    STOP_NOW = "stop now"


@cache
def settable() -> Mapping[str, Setting]:
    """Return the settings that can change while the run goes on, by name."""
    own = {"max_concurrent_tasks", QUEUE}
    return {
        setting.name: setting
        for setting in settings()
        if setting.group in {"limits", "failures"} or setting.name in own
    }


@cache
def standing() -> frozenset[str]:
    """Return the names of the properties that say what is wanted, rather than ask for an act."""
    return frozenset({WANT, PINNED, *(PREFIX + name for name in settable())})


def is_ours(name: str) -> bool:
    """Whether a user property of the controller task is one of these."""
    return name.startswith(PREFIX)


def read_want(text: str) -> Want:
    """Read `hpo_want`; nothing said is running.

    Raises:
        ValueError: With the sentence for the person who wrote it.
    """
    wanted = " ".join(text.lower().split())
    if wanted in {"", ENDED}:
        return Want.RUNNING
    try:
        return Want(wanted)
    except ValueError:
        known = ", ".join(want.value for want in Want)
        raise ValueError(f"{WANT} must be one of {known}, but it is {text!r}") from None


def read_pinned(text: str) -> frozenset[int]:
    """Read `hpo_pinned`: numbers of trials, separated by commas; raises as `read_want`."""
    try:
        return frozenset(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise ValueError(f"{PINNED} must be numbers of trials such as 3, 7, but it is {text!r}") from None


def wished_text(name: str, text: str) -> str:
    """Return a setting's text as the section HPO holds it: of one that can be set, "none" is no limit."""
    return "" if name in settable() and text.strip().lower() == NO_LIMIT else text


def with_settings(config: HpoConfig, texts: Mapping[str, str]) -> HpoConfig:
    """Return the configuration with settings changed; `texts` by setting name, "none" is no limit.

    Raises:
        InvalidConfig: With all violations.
    """
    changes = {name: wished_text(name, text) for name, text in texts.items() if name in settable()}
    return from_task({**to_hyperparameters(config), **changes}, to_configuration_objects(config))


def read_settings(
    config: HpoConfig, properties: Mapping[str, str], held: Mapping[str, str]
) -> tuple[HpoConfig, dict[str, str]]:
    """Return the configuration as the properties want it, and a sentence for each that cannot be, by property.

    Where they cannot hold together each counts by itself: a bad one does not take a good one with it, and leaves
    what `held` for it, the text that was accepted before.
    """
    asked = {name: text for name in settable() if (text := properties.get(PREFIX + name, "").strip())}
    with suppress(InvalidConfig):
        return with_settings(config, asked), {}
    wanted = config
    refused: dict[str, str] = {}
    for name, text in asked.items():
        try:
            wanted = with_settings(wanted, {name: text})
        except InvalidConfig as error:
            refused[PREFIX + name] = " ".join(str(violation) for violation in error.violations)
            if earlier := held.get(PREFIX + name, "").strip():
                with suppress(InvalidConfig):
                    wanted = with_settings(wanted, {name: earlier})
    return wanted, refused
