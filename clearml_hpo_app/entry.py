"""Where an agent enters: the controller as a task of its own, with the SDK around it for log and abort."""

import logging
import sys
from contextlib import suppress

from clearml_hpo_app.clearml_api import Client, connect, instances, tasks
from clearml_hpo_app.clock import SystemClock
from clearml_hpo_app.controller.loop import Controller
from clearml_hpo_app.errors import ApiError, HeldElsewhere, HpoError
from clearml_hpo_app.instances.runner import PACKAGE_LOG, drive

AGENT_NOTICES_SECONDS = 30.0
"""An agent looks at its task every few seconds, and ends this process when the task was ended. Where the process
ends first, the agent writes a status of its own over ours."""

ABORT_SECONDS = 300.0
"""What an aborted controller gets for stopping its trials and a last report; it usually needs ten."""


def main() -> None:
    """Run the controller of the current task until its run has ended; called by the task's script."""
    from clearml import Task

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stdout)
    logging.getLogger(PACKAGE_LOG).setLevel(logging.INFO)
    task = Task.init(
        task_type=Task.TaskTypes.optimizer,
        continue_last_task=0,  # a resumed task must not shift its iterations
        auto_connect_arg_parser=False,
        auto_connect_frameworks=False,
        auto_resource_monitoring=False,
    )

    def on_open(controller: Controller) -> None:
        task.register_abort_callback(lambda: _abort(controller), callback_execution_timeout=ABORT_SECONDS)

    client = connect()
    if instances.TAG not in task.get_tags():  # the applications page knows no tags
        with suppress(ApiError):
            instances.mark_as_instance(client, task.id)
    try:
        controller = drive(client, task.id, on_open=on_open)
    except HpoError as error:
        print(error, file=sys.stderr)  # noqa: T201  the task's console is where people look
        code = _exit_code(client, task.id, error)
        if code and not isinstance(error, HeldElsewhere):
            _let_agent_notice(client, task.id)
        raise SystemExit(code) from error
    if controller.ended is not None and controller.ended.status in {"stopped", "failed"}:
        _let_agent_notice(client, task.id)


def _exit_code(client: Client, task_id: str, error: HpoError) -> int:
    """Return the exit code after a final error.

    An instance of the applications page runs in a container that is started again whenever it fails, so that a
    controller that died carries on. What failed by its configuration would fail for ever: where the task says that
    it has failed, and why, the process ends well (the agent cannot make a failed task a completed one).
    """
    with suppress(ApiError):
        found = tasks.get_task(client, task_id)
        if (found.get("type"), found.get("status")) == (instances.PAGE_TYPE, "failed"):
            return 0
    return error.exit_code


def _let_agent_notice(client: Client, task_id: str) -> None:
    with suppress(ApiError):
        instances.mark_abort_handled(client, task_id)
    SystemClock().wait(AGENT_NOTICES_SECONDS)


def _abort(controller: Controller) -> None:
    controller.wind_up("The optimization was aborted by a person.")
    controller.finished.wait(ABORT_SECONDS)
