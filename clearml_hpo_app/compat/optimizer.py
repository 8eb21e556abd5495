"""`HyperParameterOptimizer` with the arguments and methods of the SDK's class, run by this application.

The script's own task becomes the instance, as with the SDK: its page shows the dashboard, its section `HPO` the
settings. A clone of it that an agent runs takes its settings from there, whatever the script says.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from clearml import Task

from clearml_hpo_app.clearml_api import connect
from clearml_hpo_app.compat.arguments import Arguments, to_config
from clearml_hpo_app.compat.details import details
from clearml_hpo_app.compat.job_callback import JobCallback
from clearml_hpo_app.compat.local_workers import LocalWorkers
from clearml_hpo_app.compat.script_task import changed, connected, script_task, write
from clearml_hpo_app.compat.strategies import RandomSearch
from clearml_hpo_app.compat.worker_thread import ControllerThread
from clearml_hpo_app.instances.instance import HpoInstance
from clearml_hpo_app.instances.launching import create_instance
from clearml_hpo_app.preflight.checks import look
from clearml_hpo_app.trials.trial import Trial

log = logging.getLogger(__name__)

ABORT_SECONDS = 300.0
STOP_SECONDS = 120.0


class HyperParameterOptimizer:
    """Searches for the best hyperparameters of a task.

    Arguments as in the SDK:
    https://clear.ml/docs/latest/docs/references/sdk/hpo_optimization_hyperparameteroptimizer. What has no
    counterpart is told as a warning. Where the SDK only warns of a parameter that the base task does not have,
    `start` refuses.

    Raises:
        InvalidConfig, UsageError: What the arguments say cannot be.
    """

    def __init__(
        self,
        base_task_id: str,
        hyper_parameters: Sequence[Any],
        objective_metric_title: str | Sequence[str],
        objective_metric_series: str | Sequence[str],
        objective_metric_sign: str | Sequence[str] = "min",
        optimizer_class: Any = RandomSearch,
        max_number_of_concurrent_tasks: int = 10,
        execution_queue: str = "default",
        optimization_time_limit: float | None = None,
        compute_time_limit: float | None = None,
        auto_connect_task: bool | Task = True,
        always_create_task: bool = False,
        spawn_project: str | None = None,
        save_top_k_tasks_only: int | None = None,
        **optimizer_kwargs: Any,
    ) -> None:
        arguments = Arguments(
            base_task_id=base_task_id,
            hyper_parameters=hyper_parameters,
            objective=(objective_metric_title, objective_metric_series, objective_metric_sign),
            optimizer_class=optimizer_class,
            max_number_of_concurrent_tasks=max_number_of_concurrent_tasks,
            execution_queue=execution_queue,
            optimization_time_limit=optimization_time_limit,
            compute_time_limit=compute_time_limit,
            spawn_project=spawn_project,
            save_top_k_tasks_only=save_top_k_tasks_only,
            options=optimizer_kwargs,
        )
        self._config, lost = to_config(arguments)
        for sentence in lost:
            log.warning("%s", sentence)
        self._client = connect()
        self._task = script_task(auto_connect_task, always=always_create_task, base_task_id=base_task_id)
        self._instance: HpoInstance | None = None
        self._thread: ControllerThread | None = None
        self._workers: LocalWorkers | None = None
        if self._task is not None:
            self._config = connected(self._client, self._task, self._config)

    def start(self, job_complete_callback: Callable[..., None] | None = None) -> bool:
        """Start the controller in a thread of this process; returns once it is at work.

        Args:
            job_complete_callback: Called for each trial that ended with a value: its task id, the objective, the
                iteration, its parameters, and the id of the best task so far.

        Raises:
            PreflightFailed: The server says that the run cannot work.
        """
        if self._thread is not None:
            return True
        for warning in look(self._client, self._config, lenient=True).require().warnings:
            log.warning("%s", warning)
        task_id = self._task_id()
        self._instance = HpoInstance(task_id, client=self._client)
        callback = JobCallback(job_complete_callback) if job_complete_callback else None
        self._thread = ControllerThread(task_id, keeps_task=self._task is not None, on_turn=callback)
        self._thread.begin()
        if self._task is not None:
            self._task.register_abort_callback(self._thread.abort, callback_execution_timeout=ABORT_SECONDS)
        return True

    def start_locally(self, job_complete_callback: Callable[..., None] | None = None) -> bool:
        """Start as `start` does, with the trials run on this machine, by agents that live as long as the run.

        Raises:
            MissingExtra: The extra `local` is not installed.
        """
        if self._thread is None:
            self._workers = LocalWorkers(self._client, self._config.max_concurrent_tasks)
            self._workers.start()
            self._change(execution_queue=self._workers.queue)
        return self.start(job_complete_callback)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the run has ended; true when it has, false after `timeout` minutes.

        Raises:
            HpoError: The run ended with this error.
        """
        if self._thread is None:
            return True
        try:
            ended = self._thread.wait(None if timeout is None else timeout * 60)
        except KeyboardInterrupt:
            self.stop()
            raise
        if ended:
            self._end_workers()
        return ended

    def stop(self, timeout: float | None = None, wait_for_reporter: bool | None = True) -> None:
        """End the run in order: running trials are stopped, and the last report is written.

        Args:
            timeout: Minutes to wait for the end; two unless given.
            wait_for_reporter: Whether to wait at all.
        """
        if self._thread is not None and self._thread.is_alive():
            self._thread.wind_up("The optimization was stopped by its script.")
            if wait_for_reporter or timeout is not None:
                self._thread.wait(STOP_SECONDS if timeout is None else timeout * 60)
        self._end_workers()

    def is_active(self) -> bool:
        """Tell whether the run has not begun yet, or goes on."""
        return self._thread is None or self._thread.is_alive()

    def is_running(self) -> bool:
        """Tell whether the run has begun and goes on."""
        return self._thread is not None and self._thread.is_alive()

    def set_time_limit(self, in_minutes: float | None = None, specific_time: datetime | None = None) -> None:
        """Limit the time of the run, from now on: so many minutes, or until a moment; neither is no limit."""
        if specific_time is not None:
            in_minutes = max((specific_time - datetime.now(specific_time.tzinfo)).total_seconds() / 60, 0.01)
        minutes = in_minutes + max(self.elapsed(), 0) if in_minutes else None
        if self._instance is not None and self.is_running():
            self._instance.set(total_minutes=minutes)
        elif self._thread is None:
            self._change(total_minutes=minutes)

    def get_time_limit(self) -> datetime:
        """Return the moment when the time of the run is over; `datetime.max` without a limit."""
        config = self._instance.config if self._instance else self._config
        minutes = config.limits.total_minutes
        if minutes is None:
            return datetime.max
        return datetime.fromtimestamp(datetime.now().timestamp() + (minutes - max(self.elapsed(), 0)) * 60)

    def reached_time_limit(self) -> bool:
        """Tell whether the run goes on although its time is over."""
        return self.is_running() and datetime.now() > self.get_time_limit()

    def elapsed(self) -> float:
        """Return the minutes that the run has been at work; below 0 before it began."""
        return -1.0 if self._instance is None else self._instance.snapshot().elapsed_seconds / 60

    def get_num_active_experiments(self) -> int:
        """Return how many trials wait or run."""
        return len(self._active())

    def get_active_experiments(self) -> Sequence[Task]:
        """Return the tasks of the trials that wait or run."""
        return [Task.get_task(task_id=trial.task_id) for trial in self._active()]

    def get_top_experiments(self, top_k: int) -> Sequence[Task]:
        """Return the tasks of the best trials, the best first."""
        best = self._instance.best(int(top_k)) if self._instance else ()
        return [Task.get_task(task_id=trial.task_id) for trial in best]

    def get_top_experiments_details(
        self,
        top_k: int,
        all_metrics: bool = False,
        all_hyper_parameters: bool = False,
        only_completed: bool = False,
    ) -> Sequence[dict[str, Any]]:
        """Return the best trials, the best first, each with `task_id`, `hyper_parameters` and `metrics`.

        Args:
            top_k: How many at most.
            all_metrics: All scalars that it reported, not only the objective.
            all_hyper_parameters: All its hyperparameters, not only those of the search.
            only_completed: Only trials whose tasks are completed.
        """
        if self._instance is None:
            return []
        return details(
            self._instance,
            int(top_k),
            all_metrics=all_metrics,
            all_hyper_parameters=all_hyper_parameters,
            only_completed=only_completed,
        )

    def get_optimizer(self) -> "HyperParameterOptimizer":
        """Return itself: there is no object of its own for the strategy here."""
        return self

    @property
    def instance(self) -> HpoInstance | None:
        """The run as this application has it, for what the SDK's class does not know; `None` before `start`."""
        return self._instance

    def set_report_period(self, report_period_minutes: float) -> None:
        """Do nothing: what changed is reported within seconds."""

    def set_default_job_class(self, job_class: Any) -> None:
        """Say that trials are always clones of the base task."""
        log.warning(
            "A job class has no counterpart here: %s is not used.", getattr(job_class, "__name__", job_class)
        )

    @classmethod
    def get_optimizer_top_experiments(
        cls,
        objective_metric_title: str,
        objective_metric_series: str,
        objective_metric_sign: str,
        optimizer_task_id: str,
        top_k: int,
    ) -> Sequence[Task]:
        """Return the tasks of the best trials of any optimizer's task, as the SDK itself finds them."""
        from clearml.automation import HyperParameterOptimizer as Original

        found: Sequence[Task] = Original.get_optimizer_top_experiments(
            objective_metric_title, objective_metric_series, objective_metric_sign, optimizer_task_id, top_k
        )
        return found

    def _active(self) -> list[Trial]:
        trials = self._instance.trials() if self._instance else ()
        return [trial for trial in trials if not trial.state.is_final]

    def _task_id(self) -> str:
        return str(self._task.id) if self._task is not None else create_instance(self._client, self._config)

    def _change(self, **settings: object) -> None:
        """Change settings before the run begins."""
        self._config = changed(self._config, **settings)
        if self._task is not None:
            write(self._client, self._task, self._config)

    def _end_workers(self) -> None:
        if self._workers is not None:
            self._workers.stop()
            self._workers = None
