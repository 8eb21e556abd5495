"""The results of a run, kept with its task at the end: the table, the best trial, and that trial's mark."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clearml_hpo_app.clearml_api.artifacts import UPLOAD, Artifact, list_artifacts, store
from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clearml_api.tasks import UNKNOWN_TASK
from clearml_hpo_app.clearml_api.winner import crown, uncrown
from clearml_hpo_app.controller.observing.observe import GONE, deleted
from clearml_hpo_app.controller.reporting.sending import tolerance
from clearml_hpo_app.controller.state import RunState
from clearml_hpo_app.dashboard import best_json, trials_csv
from clearml_hpo_app.errors import ApiError, RequestRefused, ServerUnavailable
from clearml_hpo_app.trials.snapshot import Snapshot

log = logging.getLogger(__name__)

UPLOADS_MISSED = 4
"""So often the end is put off when the files server does not answer: half a minute, then the results stay here."""

PREVIEW_CHARACTERS = 20_000


@dataclass
class ResultKeeper:
    """Keeps the results of a run with its task.

    Attributes:
        is_resumed: Whether an earlier controller may have tagged a best trial.
    """

    client: Client
    task_id: str
    is_resumed: bool = False
    _uploads_missed: int = 0

    def keep(self, snapshot: Snapshot, models: Sequence[Mapping[str, str]]) -> None:
        """Store the artifacts, with the best trial's models; what is refused is only logged.

        Raises:
            ServerUnavailable: A part got no answer; all of it can be done again.
        """
        table = trials_csv(snapshot)
        best = json.dumps({**best_json(snapshot), "models": list(models)}, indent=2, ensure_ascii=False)
        stored: dict[str, Artifact] = {}
        for artifact in (
            Artifact("trials", "trials.csv", table.encode(), "text/csv", preview=table[:PREVIEW_CHARACTERS]),
            Artifact("best", "best.json", best.encode(), "application/json", preview=best[:PREVIEW_CHARACTERS]),
        ):
            try:
                stored[store(self.client, self.task_id, artifact)] = artifact
            except ApiError as error:
                if isinstance(error, ServerUnavailable) and self._is_patient(error):
                    raise
                log.warning("the artifact %s could not be kept with the task: %s", artifact.key, error)
        with tolerance("the artifacts"):
            list_artifacts(self.client, self.task_id, stored)

    def crown(self, state: RunState) -> list[dict[str, str]]:
        """Tag the best trial and return its models; none while there is no best, or where it is refused.

        One that turns out to be deleted leaves its place to the next.
        """
        if self.is_resumed:
            with tolerance("the tag of the trial that was the best before"):
                uncrown(self.client, self.task_id, {trial.task_id for trial in state.trials.values()})
        while (best := next(iter(state.top(1)), None)) is not None:
            try:
                return crown(self.client, state.trials[best].task_id)
            except RequestRefused as error:
                if error.subcode != UNKNOWN_TASK:
                    log.warning("the best trial could not be tagged: %s", error)
                    return []
                log.info("trial %d: %s", best, GONE)
                state.take_in(deleted(state.trials[best], self.client.now()))
        return []

    def _is_patient(self, error: ServerUnavailable) -> bool:
        self._uploads_missed += error.operation == UPLOAD
        return error.operation != UPLOAD or self._uploads_missed <= UPLOADS_MISSED
