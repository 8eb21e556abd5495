"""What no poll tells of a trial that ended: asked once, and only where the answer matters.

Why its script failed, which metrics it reported instead of the objective, whether its objective is a NaN that
ClearML's logger replaced, whether it ended before its iterations were done. The answer becomes its verdict and its
reason, in its user properties too, so that a restart need not ask again.
"""

import logging
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from clearml_hpo_app.clearml_api import logs, tasks
from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clearml_api.rows import verdict_texts
from clearml_hpo_app.controller.deciding.plan import IterationPlan
from clearml_hpo_app.controller.observing.divergence import divergence
from clearml_hpo_app.controller.observing.observe import COMPLETED_FIRST
from clearml_hpo_app.controller.state import RunState
from clearml_hpo_app.errors import RequestRefused
from clearml_hpo_app.trials.trial import Trial, Verdict
from clearml_hpo_app.wording import plain

log = logging.getLogger(__name__)

METRICS_NAMED = 5
LONGEST_ERROR = 400
"""Characters; the whole of it stands in the trial's console."""


@dataclass(frozen=True)
class Case:
    """A trial that ended.

    Attributes:
        explained: Whether its verdict stands written on it already.
        is_news: Whether it ended just now, rather than before this controller began.
    """

    trial: Trial
    explained: bool = False
    is_news: bool = True


@dataclass
class Inquiry:
    """Looks into trials that ended, in the order in which they did; one that gets no answer is asked again."""

    client: Client
    state: RunState
    plan: IterationPlan
    _open: deque[Case] = field(default_factory=deque)

    def open(self, case: Case) -> None:
        """Have a trial that ended looked into."""
        self._open.append(case)

    def close(self) -> Iterator[Case]:
        """Look into all that is open; yield each trial with its final verdict and reason.

        Raises:
            ServerUnavailable: The rest stays open.
        """
        while self._open:
            case = self._open[0]
            trial = case.trial if case.explained else self._look_into(case.trial)
            is_new = (trial.verdict, trial.reason) != (case.trial.verdict, case.trial.reason)
            if is_new or (
                trial.reason == COMPLETED_FIRST and not case.explained
            ):  # the stop's verdict stands on it
                self._write(trial)
                self.state.take_in(trial)
            self.plan.note(trial)
            self.state.attempts.note_end(trial)
            self._open.popleft()
            yield replace(case, trial=trial)

    def _look_into(self, trial: Trial) -> Trial:
        try:
            if trial.verdict is Verdict.FAILED:
                return replace(trial, reason=self._error(trial))
            if trial.verdict is Verdict.NO_METRIC:
                return replace(trial, reason=f"{trial.reason}; {self._reported(trial)}")
            if 0.0 in (trial.values or ()) and (diverged := divergence(self.client, trial.task_id)):
                return replace(trial, verdict=Verdict.INFEASIBLE, reason=diverged, values=None, rung=None)
        except RequestRefused as error:  # the task may be gone by now
            log.debug("nothing more is known of trial %d: %s", trial.number, error)
        return self._doubt(trial) if trial.verdict is Verdict.COMPLETED else trial

    def _doubt(self, trial: Trial) -> Trial:
        if missing := self.plan.missing(trial):
            reason = f"it ended at iteration {trial.iteration}, {missing} before its siblings, and not by itself"
            return replace(trial, verdict=Verdict.SHORT, reason=reason)
        return trial

    def _error(self, trial: Trial) -> str:
        error = logs.last_error(logs.read_log(self.client, trial.task_id))
        return f"its script failed: {plain(error, LONGEST_ERROR)}" if error else trial.reason

    def _reported(self, trial: Trial) -> str:
        names = tasks.metric_names(self.client, trial.task_id)
        if not names:
            return "it reported no metric at all"
        wanted = self.state.config.objective.name
        close = get_close_matches(wanted, names, n=1, cutoff=0.5)
        others = [name for name in names if name not in close][: METRICS_NAMED - len(close)]
        more = ", …" if len(names) > METRICS_NAMED else ""
        closest = f"the closest that it reported is {close[0]}" if close else "none that it reported is like it"
        return f"{closest}; {'others' if close else 'there are'}: {', '.join(others) or 'none'}{more}"

    def _write(self, trial: Trial) -> None:
        if trial.verdict is None:
            return
        try:
            tasks.write_properties(self.client, trial.task_id, verdict_texts(trial))
        except RequestRefused as error:
            log.debug("the verdict of trial %d could not be written: %s", trial.number, error)
