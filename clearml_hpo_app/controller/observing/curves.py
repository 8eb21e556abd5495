"""The learning curves that the dashboard shows: read at a bounded rate, and only where they may have changed."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clearml_api.scalars import Curve, read_curves
from clearml_hpo_app.errors import RequestRefused
from clearml_hpo_app.objective import Objective
from clearml_hpo_app.trials.trial import Trial, TrialState

log = logging.getLogger(__name__)

PERIOD = timedelta(minutes=1)
"""Short runs get their curves at the end only: each reading is a call."""

SAMPLES = 200
"""Points of a curve that are asked for; of longer ones the server averages neighbours."""

Stand: TypeAlias = tuple[TrialState, int | None]


@dataclass
class CurveBook:
    """Remembers the curves of the trials that are shown; one call for all that are new or went on.

    Attributes:
        client: Connection to the server.
    """

    client: Client
    _curves: dict[str, Curve] = field(default_factory=dict)
    _stands: dict[str, Stand] = field(default_factory=dict)
    _read_at: datetime | None = None

    def read(
        self, trials: Sequence[Trial], objective: Objective, now: datetime, *, final: bool = False
    ) -> Mapping[str, Curve]:
        """Return the curves of `trials` by task id, as last read; read anew once a minute, and when `final`.

        A run that is carried on has some from the beginning: they are read at once.

        Raises:
            ServerUnavailable: The server gave no answer.
        """
        is_carried_on = self._read_at is None and any(trial.state.is_final for trial in trials)
        self._read_at = self._read_at or now
        if final or is_carried_on or not timedelta() <= now - self._read_at < PERIOD:
            self._renew(trials, objective, now)
        shown = {trial.task_id for trial in trials}
        self._curves = {key: curve for key, curve in self._curves.items() if key in shown}
        self._stands = {key: stand for key, stand in self._stands.items() if key in shown}
        return dict(self._curves)

    def _renew(self, trials: Sequence[Trial], objective: Objective, now: datetime) -> None:
        stands = {trial.task_id: (trial.state, trial.iteration) for trial in trials}
        wanted = [key for key, stand in stands.items() if stand[1] is not None and self._stands.get(key) != stand]
        if not wanted:
            return
        self._read_at = now
        try:
            self._curves |= read_curves(self.client, wanted, objective, samples=SAMPLES)
            self._stands |= {key: stands[key] for key in wanted}
        except RequestRefused as error:  # one of them was deleted a moment ago
            log.debug("the learning curves are read again later: %s", error)
