"""An optimisation as seen from outside its controller: reading it, ending it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import cached_property
from typing import Any, overload

from clearml_hpo_app import __version__
from clearml_hpo_app.clearml_api import Client, connect, copies, instances, queues, report_pages, tasks
from clearml_hpo_app.clearml_api.addresses import task_address
from clearml_hpo_app.clearml_api.children import Children
from clearml_hpo_app.clearml_api.originals import originals
from clearml_hpo_app.clearml_api.rows import REASON, TaskRow, read_row
from clearml_hpo_app.clock import Clock, SystemClock
from clearml_hpo_app.config import HpoConfig, to_export
from clearml_hpo_app.config.model import SHORTEST_NAME
from clearml_hpo_app.config.task_settings import SECTION, from_task, to_configuration_objects, to_hyperparameters
from clearml_hpo_app.controller.lease import RUNTIME_RUN, read_lease
from clearml_hpo_app.controller.observing.observe import of_this_run, settle
from clearml_hpo_app.controller.reporting.publishing import RUNTIME_REPORT
from clearml_hpo_app.controller.restore import read_instance_config
from clearml_hpo_app.controller.search_plan import SEARCH, read_plan
from clearml_hpo_app.controller.state import newest_attempts
from clearml_hpo_app.controller.steering.steering import steered
from clearml_hpo_app.controller.steering.wishes import WANT, Want
from clearml_hpo_app.errors import HpoError, NotAnInstance, PreflightFailed, RequestRefused, UsageError
from clearml_hpo_app.instances.standing import is_controlled, state_of
from clearml_hpo_app.instances.steering import Steered
from clearml_hpo_app.instances.trial_list import TrialList
from clearml_hpo_app.statuses import ENDED_STATUSES
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import Trial

POLL_SECONDS = 3.0


class HpoInstance(Steered):
    """One optimisation on the server, named by the id of its controller task.

    Raises:
        NotAnInstance: There is no such task, or it is none of this application.
        ApiError: The server cannot be reached, or refuses.
    """

    def __init__(self, task_id: str, *, client: Client | None = None) -> None:
        self.client = client or connect()
        self.id = task_id
        raw = tasks.find_task(self.client, task_id)
        if raw is None:
            raise NotAnInstance(f"There must be a task {task_id} on {self.client.api_host}, but there is none.")
        if SECTION not in (raw.get("hyperparams") or {}):
            raise NotAnInstance(
                f"Task {task_id} must be an optimization of this application, but it is {raw.get('name')!r}. "
                "See all with: clearml-hpo list"
            )
        self._raw = raw
        self._last_row = read_row(raw, ())
        self._steered: tuple[TaskRow, HpoConfig] | None = None

    def _reload(self) -> None:
        self.__dict__.pop("_configured", None)
        raw = tasks.get_task(self.client, self.id)
        self._raw, self._last_row, self._steered = raw, read_row(raw, ()), None

    @property
    def name(self) -> str:
        """The job title."""
        return str(self._raw.get("name") or "")

    @property
    def address(self) -> str:
        """Address of the instance's page in the web UI, empty when the web host is not known."""
        return task_address(self.client.web_host, str(self._raw.get("project") or ""), self.id)

    @property
    def config(self) -> HpoConfig:
        """The configuration: the task's hyperparameters and configuration objects, and how the run was steered.

        As the last look at the server showed it; what was steered from this object is in it.
        """
        if not self._last_row.runtime.get(RUNTIME_RUN):
            return self._configured  # what a clone brought along from another run means nothing
        if self._steered is None or self._steered[0] is not self._last_row:
            self._steered = self._last_row, steered(self._configured, self._last_row)
        return self._steered[1]

    @cached_property
    def _configured(self) -> HpoConfig:
        return read_instance_config(self._raw)

    def status(self) -> str:
        """Return the task's status as ClearML has it (`queued`, `in_progress`, `completed`, …)."""
        return self._row().status

    def snapshot(self, children: Children | None = None) -> Snapshot:
        """Return the run as it stands on the server; with `children` kept from look to look, as those tell."""
        row = self._row()
        queue = queues.find_queue(self.client, self.config.execution_queue)
        workers = len(queues.workers_of(self.client, queue.id)) if queue else 0
        trials, earlier = self._attempts(row, children)
        return Snapshot(
            config=self.config,
            trials=trials,
            earlier=earlier,
            now=self.client.now(),
            elapsed_seconds=self._elapsed_seconds(row),
            workers=workers,
            status=row.status,
            state=state_of(row, self.client.now()),
            reason=_reason(row),
            calls=lease.handover.calls if (lease := read_lease(row)) else {},
            choices=self._choices(row),
            begun=row.started,
            over=row.ended,
        )

    def _choices(self, row: TaskRow) -> tuple[str, ...]:
        written = (self._raw.get("configuration") or {}).get(SEARCH) or {}
        plan = read_plan(str(written.get("value") or ""), str(row.runtime.get(RUNTIME_RUN) or ""), self.config)
        return tuple(plan.sentences()) if plan else ()

    def trials(self) -> TrialList:
        """Return the latest attempt of every trial, by number; `to_pandas()` of it is a table."""
        trials, _ = self._attempts(self._row())
        return TrialList(trials, self.config, self.client.now())

    @overload
    def best(self) -> Trial | None: ...

    @overload
    def best(self, count: int) -> Sequence[Trial]: ...

    def best(self, count: int | None = None) -> Trial | Sequence[Trial] | None:
        """Return the best trial, `None` while there is none; or the best `count`, from best to worst.

        Raises:
            UsageError: `count` is below 1.
        """
        if count is not None and count < 1:
            raise UsageError(f"The number of best trials must be at least 1, but it is {count}.")
        ranked = self.snapshot().ranked
        return ranked[:count] if count is not None else next(iter(ranked), None)

    def clone(
        self, name: str = "", *, changes: Mapping[str, object] | None = None, queue: str | None = None
    ) -> "HpoInstance":
        """Copy it as it stands, in whatever state; the copy is a fresh run (see `launching.clone`)."""
        from clearml_hpo_app.instances.launching import clone

        self._reload()
        return clone(self, name, changes=changes, queue=queue)

    def clone_best(self, name: str = "") -> str:
        """Copy the best trial's task as a draft, ready to be run again or trained longer, and return its id.

        Raises:
            UsageError: The name is too short.
            HpoError: No trial has ended with a value.
        """
        if 0 < len(name.strip()) < SHORTEST_NAME:
            raise UsageError(f"A name must have at least {SHORTEST_NAME} characters, but it is {name!r}.")
        best = self.best()
        if best is None:
            raise HpoError("A trial must have ended with a value before there is a best one, but none has yet.")
        return copies.clone_trial(
            self.client, best.task_id, name.strip() or f"{self.name}: best, trial {best.number}"
        )

    def rename(self, name: str) -> None:
        """Give it another name, in whatever state it is: its task, and the job title that an export has.

        Raises:
            InvalidConfig: The name is too short.
        """
        texts = {**to_hyperparameters(self._configured), "title": name}
        title = from_task(texts, to_configuration_objects(self._configured)).title
        if not title:
            raise UsageError("A name must not be empty.")
        copies.rename(self.client, self.id, title, tasks.item(SECTION, "title", title))
        self._reload()

    def delete(self, *, with_trials: bool = False) -> int:
        """Delete its task and its report page, and with `with_trials` all trials that it made.

        Returns the number of tasks deleted, the page not counted.

        What a person copied of it or of a trial stays.

        Raises:
            PreflightFailed: It, or a trial that is to be deleted, waits or runs; nothing was deleted.
            HpoError: The server refused to delete some (published ones).
        """
        row = self._row()
        rows = self.children().look() if with_trials else []
        made = originals(rows)
        busy = [task.id for task in (row, *made) if task.status in {"queued", "in_progress"}]
        if busy:
            raise PreflightFailed(
                [
                    f"What is deleted must not wait or run, but {', '.join(busy[:5])} does. "
                    f"Stop it: clearml-hpo stop {self.id} --now"
                ]
            )
        if report := str(row.runtime.get(RUNTIME_REPORT) or ""):
            with suppress(RequestRefused):  # a person deleted it before
                report_pages.delete(self.client, report)
        refused = copies.delete(self.client, [*(child.id for child in made), self.id])
        if refused:
            raise HpoError("\n".join(f"{task_id} could not be deleted: {why}" for task_id, why in refused.items()))
        return len(made) + 1

    def export(self) -> dict[str, Any]:
        """Return the configuration, as it stands on the server now, as an export file's content."""
        self._reload()
        return to_export(self.config, __version__)

    def stop(self, reason: str = "stopped by a person", *, now: bool = True) -> None:
        """End the run in order; also one that has ended and left trials behind.

        Args:
            reason: Status reason of the task.
            now: Stop the running trials too, by the controller, or from here where none is at work; else no trial
                is started any more, and the run ends when the running ones have finished.
        """
        row = self._row()
        if not now and is_controlled(row, self.client.now()):
            self._wish({WANT: Want.STOP.value})
            return
        if row.status not in ENDED_STATUSES:
            tasks.stop(self.client, [self.id], reason)
        if not is_controlled(row, self.client.now()):
            active = [trial.task_id for trial in self._attempts(row)[0] if not trial.state.is_final]
            tasks.stop(self.client, active, "the optimization was stopped")

    def wait(self, timeout_seconds: float | None = None, *, clock: Clock | None = None) -> str:
        """Wait until the run has ended and return its status; `TimeoutError` after `timeout_seconds`."""
        clock = clock or SystemClock()
        deadline = None if timeout_seconds is None else clock.now() + timedelta(seconds=timeout_seconds)
        while (status := self.status()) not in ENDED_STATUSES:
            if deadline is not None and clock.now() >= deadline:
                raise TimeoutError(f"The optimization {self.id} is still {status} after {timeout_seconds} s.")
            clock.wait(POLL_SECONDS)
        return status

    def _row(self) -> TaskRow:
        rows = tasks.get_rows(self.client, [self.id], ())
        if self.id not in rows:
            raise NotAnInstance(f"The task {self.id} was deleted.")
        self._last_row = rows[self.id]
        return self._last_row

    def children(self) -> Children:
        """Return what reads the children again and again, for `snapshot`."""
        return Children(self.client, self.id, self.config.objectives)

    def _attempts(
        self, row: TaskRow, children: Children | None = None
    ) -> tuple[tuple[Trial, ...], tuple[Trial, ...]]:
        """Return the latest attempt of every trial, by number, and the attempts before those."""
        run_id = str(row.runtime.get(RUNTIME_RUN) or "")
        if not run_id:
            return (), ()
        rows = (children or self.children()).look()
        config, now = self.config, self.client.now()
        found = [settle(trial, config, now) for _, trial in of_this_run(originals(rows), run_id, config)]
        newest = newest_attempts(found)
        earlier = (trial for trial in found if trial.attempt < newest[trial.number].attempt)
        return tuple(trial for _, trial in sorted(newest.items())), tuple(earlier)

    def _elapsed_seconds(self, row: TaskRow) -> float:
        lease, now = read_lease(row), self.client.now()
        if lease is None:
            return 0.0
        goes_on = is_controlled(row, now) and row.properties.get(WANT) != Want.PAUSED.value
        return lease.handover.elapsed_seconds + (max((now - lease.at).total_seconds(), 0.0) if goes_on else 0.0)


def list_instances(client: Client, limit: int = 100) -> list[TaskRow]:
    """Return the newest optimisations on the server, the newest first."""
    return instances.list_instances(client, limit)


def _reason(row: TaskRow) -> str:
    """Why the run ended; a task that did not start has at most what a clone brought along from another one."""
    told = "" if row.status in {"created", "queued"} else row.properties.get(REASON, "")
    return told or row.status_message
