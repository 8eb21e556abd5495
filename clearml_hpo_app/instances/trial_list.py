"""The trials of a run as a sequence, and as a table for pandas where that is installed."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.errors import HpoError
from clearml_hpo_app.trials.trial import Trial

if TYPE_CHECKING:
    import pandas as pd


class TrialList(tuple[Trial, ...]):
    """Trials by number, with the configuration that they follow and the moment of the look (server's clock)."""

    config: HpoConfig
    now: datetime

    def __new__(cls, trials: Iterable[Trial], config: HpoConfig, now: datetime) -> "TrialList":
        """Make the list."""
        made = super().__new__(cls, trials)
        made.config, made.now = config, now
        return made

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each trial.

        What is known of it, then its objectives by `title/series` (`None` where it has no value), then what its
        script got, by full name.
        """
        return [self._row(trial) for trial in self]

    def to_pandas(self) -> "pd.DataFrame":
        """Return the rows as a table of pandas, a row for each trial, numbers as numbers.

        Raises:
            HpoError: pandas is not installed.
        """
        try:
            import pandas as pd
        except ModuleNotFoundError as error:
            raise HpoError(
                "pandas must be installed for a table, but it is not. Run: pip install pandas"
            ) from error
        return pd.DataFrame(self.rows(), columns=None if self else list(self._facts_of_nothing()))

    def _row(self, trial: Trial) -> dict[str, Any]:
        names = [objective.name for objective in self.config.objectives]
        values = dict(zip(names, trial.values or (None,) * len(names), strict=True))
        return {**self._facts(trial), **values, **self.config.space.script_values(trial.parameters)}

    def _facts(self, trial: Trial) -> dict[str, Any]:
        return {
            "number": trial.number,
            "attempt": trial.attempt,
            "task_id": trial.task_id,
            "name": trial.name,
            "state": trial.state.value,
            "verdict": trial.verdict.value if trial.verdict else None,
            "reason": trial.reason,
            "iteration": trial.iteration,
            "started": trial.started,
            "ended": trial.ended,
            "run_seconds": round(trial.run_seconds(self.now), 1),
            "worker": trial.worker,
            "archived": trial.archived,
        }

    def _facts_of_nothing(self) -> Iterable[str]:
        return ["number", "task_id", "state", *(objective.name for objective in self.config.objectives)]
