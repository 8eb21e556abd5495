"""Running a controller in this process: signals, the abort button, and an end in order."""

import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from clearml_hpo_app import __version__
from clearml_hpo_app.clearml_api import Client, instances, tasks
from clearml_hpo_app.clearml_api.rows import REASON, TaskRow, read_row
from clearml_hpo_app.clock import SystemClock
from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.controller.lease import wait_until_free
from clearml_hpo_app.controller.loop import Controller, Turn
from clearml_hpo_app.controller.reporting.sending import Journal
from clearml_hpo_app.controller.restore import read_instance_config
from clearml_hpo_app.controller.run import open_controller
from clearml_hpo_app.errors import (
    ApiError,
    HeldElsewhere,
    HpoError,
    PreflightFailed,
    RequestRefused,
    UsageError,
)
from clearml_hpo_app.instances.instance import HpoInstance
from clearml_hpo_app.instances.launching import create_instance
from clearml_hpo_app.preflight.checks import look
from clearml_hpo_app.strategies import require_library

PACKAGE_LOG = "clearml_hpo_app"

OnTurn = Callable[[Controller, Turn], None]


def run_here(
    client: Client,
    config: HpoConfig,
    *,
    leave_trials: bool = False,
    on_turn: OnTurn | None = None,
    on_created: Callable[[str], None] | None = None,
) -> Controller:
    """Create an instance and run its controller in this process until it has ended.

    Args:
        client: Connection to the server.
        config: What to optimise.
        leave_trials: On Ctrl-C or SIGTERM, leave the running trials alone instead of stopping them.
        on_turn: Called after every turn, for showing progress.
        on_created: Called with the instance's id before its controller begins.

    Raises:
        MissingExtra: What the method needs is not installed; nothing was created.
        PreflightFailed: The server says that the run cannot work; nothing was created.
        ApiError: What is final (credentials, the base task) ended the run.
    """
    require_library(config.method)
    base = look(client, config).require().base
    task_id = create_instance(client, config, base)
    if on_created is not None:
        on_created(task_id)
    return start_here(client, task_id, leave_trials=leave_trials, on_turn=on_turn)


def wait_for_turn(client: Client, task_id: str, say: Callable[[str], None]) -> None:
    """Return once an instance that was interrupted has no controller any more.

    Args:
        client: Connection to the server.
        task_id: The controller task.
        say: Tells people why they wait.

    Raises:
        PreflightFailed: It has completed, or waits in a queue for a controller.
        HeldElsewhere: Its controller is at work.
    """

    def look() -> TaskRow:
        return read_row(tasks.get_task(client, task_id), ())

    status = look().status
    if status in {"completed", "published"} and not HpoInstance(task_id, client=client).was_extended():
        raise PreflightFailed(
            [
                f"An instance must have been interrupted to be resumed, but {task_id} has completed. "
                f"More trials: clearml-hpo extend {task_id} 10"
            ]
        )
    if status == "queued":
        raise PreflightFailed(
            [
                f"An instance must be without a controller to be resumed here, but {task_id} waits in a queue for "
                f"its controller. End that with: clearml-hpo stop {task_id}"
            ]
        )
    wait_until_free(look, client.now, SystemClock(), say, renewals=1)


def start_here(
    client: Client,
    task_id: str,
    *,
    leave_trials: bool = False,
    on_turn: OnTurn | None = None,
    on_open: Callable[[Controller], None] | None = None,
) -> Controller:
    """Run the controller of an existing instance in this process; a run that was begun carries on."""
    instances.start(client, task_id, "started by clearml-hpo run")
    with _journal() as journal:
        return drive(client, task_id, journal=journal, leave_trials=leave_trials, on_turn=on_turn, on_open=on_open)


def run_beside(
    client: Client,
    task_id: str,
    *,
    on_turn: OnTurn | None = None,
    on_open: Callable[[Controller], None] | None = None,
) -> Controller:
    """Run the controller on the running task of a script that goes on afterwards; its status is left alone.

    For a thread of that script: signals are the script's business, too.
    """
    with _journal() as journal:
        controller = open_controller(client, task_id, version=__version__, journal=journal)
        controller.leaves_task = True
        if on_open is not None:
            on_open(controller)
        for turn in controller.run():
            if on_turn is not None:
                on_turn(controller, turn)
    return controller


def drive(
    client: Client,
    task_id: str,
    *,
    journal: Journal | None = None,
    leave_trials: bool = False,
    on_turn: OnTurn | None = None,
    on_open: Callable[[Controller], None] | None = None,
) -> Controller:
    """Take turns until the run has ended; SIGTERM and Ctrl-C end it in order, a second one at once."""
    clock = SystemClock()
    try:
        controller = _open(client, task_id, clock, journal)
        if on_open is not None:
            on_open(controller)
        with _signals(lambda name: _wind_up(controller, clock, name, leave_trials)):
            for turn in controller.run():
                if on_turn is not None:
                    on_turn(controller, turn)
    except HeldElsewhere:
        raise  # the task is another controller's
    except HpoError as error:
        _end_failed(client, task_id, str(error))
        raise
    except Exception as error:
        _end_failed(client, task_id, f"The controller failed: {error!r}")
        raise
    return controller


def _open(client: Client, task_id: str, clock: SystemClock, journal: Journal | None) -> Controller:
    """Open it; where the server says that it cannot work, tell all that is wrong, not only the first."""
    try:
        return open_controller(client, task_id, version=__version__, clock=clock, journal=journal)
    except (PreflightFailed, RequestRefused) as error:
        with suppress(ApiError, UsageError):
            config = read_instance_config(tasks.get_task(client, task_id))
            look(client, config, lenient=True).require()
        raise error


def _end_failed(client: Client, task_id: str, reason: str) -> None:
    """Say on the task why it failed; the error itself matters more than a server that does not listen."""
    with suppress(ApiError):
        tasks.write_properties(client, task_id, {REASON: reason})  # an agent overwrites the status texts
        instances.end(client, task_id, "failed", reason)


def _wind_up(controller: Controller, clock: SystemClock, signal_name: str, leave_trials: bool) -> None:
    controller.wind_up(f"The controller was ended by {signal_name}.", leave_trials=leave_trials)
    clock.wake()


@contextmanager
def _journal() -> Iterator[Journal]:
    journal = Journal()
    package_log = logging.getLogger(PACKAGE_LOG)
    package_log.addHandler(journal)
    level = package_log.level
    package_log.setLevel(min(level or logging.INFO, logging.INFO))
    try:
        yield journal
    finally:
        package_log.removeHandler(journal)
        package_log.setLevel(level)


@contextmanager
def _signals(wind_up: Callable[[str], None]) -> Iterator[None]:
    """Within the block the first SIGTERM or Ctrl-C calls `wind_up`, a second one raises KeyboardInterrupt."""
    seen: list[int] = []

    def handle(number: int, _frame: FrameType | None) -> None:
        if seen:
            raise KeyboardInterrupt
        seen.append(number)
        wind_up("Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name)

    try:
        before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # not the main thread: signals are somebody else's business
        yield
        return
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
