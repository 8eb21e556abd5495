"""Watching: everything that a turn reads of the server, so that deciding needs no more."""

import logging
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from statistics import median

from clearml_hpo_app.clearml_api import queues, tasks
from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clearml_api.rows import TaskRow
from clearml_hpo_app.controller.observing.health import Roster
from clearml_hpo_app.controller.observing.inquiry import Case, Inquiry
from clearml_hpo_app.controller.observing.observe import observe
from clearml_hpo_app.controller.observing.review import Review
from clearml_hpo_app.controller.observing.rungs import Rungs
from clearml_hpo_app.controller.pace import LAST_TRIALS, only_waits
from clearml_hpo_app.controller.restore import restore_trials
from clearml_hpo_app.controller.state import RunState
from clearml_hpo_app.strategies import Strategy
from clearml_hpo_app.trials.trial import Trial, TrialState
from clearml_hpo_app.wording import plain

log = logging.getLogger(__name__)

WORKERS_PERIOD, WORKERS_PERIOD_OF_A_WAIT = timedelta(seconds=30), timedelta(minutes=10)
"""Between two looks at the workers; of a run that only waits, which makes at most 3 calls a minute."""

A_MOMENT = timedelta(seconds=1)
NEVER = datetime.min.replace(tzinfo=timezone.utc)

HEARD_WITHIN = timedelta(seconds=90)
"""A worker reports every 30 s."""


@dataclass
class Watch:
    """Reads what happened to trials, workers and the controller task since the last look.

    Attributes:
        run_seconds: How long the latest trials ran.
    """

    client: Client
    task_id: str
    state: RunState
    strategy: Strategy
    review: Review
    inquiry: Inquiry
    rungs: Rungs
    run_seconds: deque[float] = field(default_factory=lambda: deque(maxlen=LAST_TRIALS))
    _workers_at: datetime | None = None
    _workers_of: str = ""
    _is_served: bool = True
    _most_running: int = 0

    def look(self) -> TaskRow | None:
        """Take in what happened; return the row of the controller task, `None` when it was deleted.

        One call for all active trials and the controller task, and one for the curves of those that passed a rung;
        the workers every half a minute, the trials that have ended every minute; both less often in a wait.
        """
        if self.state.uncertain:
            self.read_anew()
        now = self.client.now()
        is_waiting = only_waits(self.state)
        period = WORKERS_PERIOD_OF_A_WAIT if is_waiting else WORKERS_PERIOD
        is_due = self._workers_at is None or now - self._workers_at >= period
        if is_due or self._workers_of != self.state.queue_id:
            self._look_at_workers(now)
        ids = [self.task_id, *(trial.task_id for trial in self.state.active.values())]
        rows = tasks.get_rows(self.client, ids, self.state.config.objectives)
        archived = {trial.number for trial in self.state.active.values() if trial.archived}
        changed = observe(self.state, rows, self.client.now())
        for trial in changed:
            self._take_note(trial, ended=trial.state.is_final)
            if trial.archived and trial.number not in archived:
                log.info("trial %d: a person archived it", trial.number)
        if self._more_work_than_seen(changed):
            self._look_at_workers(now)
        self._note_many_at_once()
        self.review.look(now, is_waiting=is_waiting)
        self._learn_of_ends()
        self.rungs.look()
        return rows.get(self.task_id)

    def expect_run_seconds(self, seconds: float) -> None:
        """Expect trials to take as long as the latest ones, of which this is one."""
        self.run_seconds.append(seconds)
        self.state.typical_seconds = median(self.run_seconds)

    def read_anew(self) -> None:
        """Read all children: what exists is what counts, and drafts that repeat a trial go."""
        active = set(self.state.active)
        for trial, _ in restore_trials(self.client, self.state, self.task_id, frozenset(self.state.visible)):
            self._take_note(trial, ended=trial.state.is_final and trial.number in active)
        self.state.uncertain = False

    def _take_note(self, trial: Trial, *, ended: bool) -> None:
        self.strategy.observe(trial)
        if ended:
            self.inquiry.open(Case(trial))
            self.rungs.note_end(trial)

    def _learn_of_ends(self) -> None:
        for case in self.inquiry.close():
            trial = case.trial
            self.strategy.observe(trial)
            if case.is_news:
                verdict = trial.verdict and trial.verdict.value
                because = f" ({trial.reason})" if trial.reason else ""
                log.info("trial %d ended: %s%s", trial.number, verdict, because)
                self.expect_run_seconds(trial.run_seconds(self.client.now()))

    def _more_work_than_seen(self, changed: Sequence[Trial]) -> bool:
        """Whether more trials run than there were workers, for the first time, or one ran where there was none."""
        running = sum(trial.state.has_started for trial in self.state.active.values())
        is_more = running > max(self.state.workers or 0, self._most_running)
        self._most_running = max(running, self._most_running)
        return is_more or (not self._is_served and any(trial.started for trial in changed))

    def _note_many_at_once(self) -> None:
        """Note workers that take trials beside those that they run: one behind which many are hidden, say.

        A trial that said nothing since the next one was started is of a worker that died and is there again.
        """
        running = defaultdict[str, list[Trial]](list)
        for trial in self.state.active.values():
            if trial.state is TrialState.RUNNING and trial.worker and trial.started and trial.last_update:
                running[trial.worker].append(trial)
        for name, trials in running.items():
            latest = max(trial.started or NEVER for trial in trials)
            alive = sum((trial.last_update or NEVER) > latest + A_MOMENT for trial in trials)
            if len(trials) > 1 and alive > 1 and name not in self.state.many_at_once:
                self.state.many_at_once.add(name)
                log.info("the worker %r runs several trials at once: none is queued ahead for it", plain(name))

    def _look_at_workers(self, now: datetime) -> None:
        workers = queues.live_workers(self.client)
        self._workers_at, self._workers_of = now, self.state.queue_id
        own = self.task_id  # a worker that runs the controller has no room for trials
        serve = [each.name for each in workers if self.state.queue_id in each.queues and each.task != own]
        self.state.workers, self.state.worker_names = len(serve), frozenset(serve)
        heard = [worker for worker in workers if worker.heard and now - worker.heard <= HEARD_WITHIN]
        self.state.health.roster = Roster(now, {worker.name: worker.task for worker in heard})
        is_served = self.state.workers > 0
        if is_served != self._is_served:
            self._is_served = is_served
            told = "is served again" if is_served else "is served by no worker: trials wait until one does"
            log.warning("the queue %r %s", self.state.config.execution_queue, told)
