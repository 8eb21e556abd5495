"""Telling a script of each trial that has ended, as the SDK's optimizer does."""

import logging
import traceback
from collections.abc import Callable
from typing import Any

from clearml_hpo_app.controller.loop import Controller, Turn
from clearml_hpo_app.trials.trial import Trial

log = logging.getLogger(__name__)


class JobCallback:
    """Calls a function of the script once for each trial that has ended with a value."""

    def __init__(self, function: Callable[..., None]) -> None:
        self._function = function
        self._told: set[int] = set()

    def __call__(self, controller: Controller, _turn: Turn) -> None:
        """Tell of what has ended since the last turn."""
        snapshot = controller.snapshot()
        new = [trial for trial in snapshot.trials if trial.is_ranked and trial.number not in self._told]
        for trial in new:
            self._told.add(trial.number)
            parameters = snapshot.config.space.script_values(trial.parameters)
            best = snapshot.best
            self._tell(
                trial.task_id, _objective(trial), trial.iteration, parameters, best.task_id if best else None
            )

    def _tell(self, *arguments: Any) -> None:
        try:
            self._function(*arguments)
        except Exception:  # a fault in it must not end the run
            traceback.print_exc()  # the log goes to the task's console, and this is for who runs the script
            log.exception("the script's job_complete_callback failed")


def _objective(trial: Trial) -> Any:
    values = trial.values or ()
    return values[0] if len(values) == 1 else list(values)
