"""The controller of a run in a thread of a script."""

from collections.abc import Callable
from threading import Event, Thread

from clearml_hpo_app.clearml_api import connect
from clearml_hpo_app.controller.loop import Controller, Turn
from clearml_hpo_app.instances.runner import OnTurn, run_beside, start_here


class ControllerThread(Thread):
    """Runs the controller of one instance; ends with the process, and then the run can be resumed.

    Args:
        task_id: The instance.
        keeps_task: Whether the task is the script's own, whose status is left alone.
        on_turn: Called after every turn, in this thread.
    """

    def __init__(self, task_id: str, *, keeps_task: bool, on_turn: OnTurn | None) -> None:
        super().__init__(name=f"hpo-{task_id[:8]}", daemon=True)
        self._task_id, self._keeps_task, self._on_turn = task_id, keeps_task, on_turn
        self._under_way = Event()
        self._controller: Controller | None = None
        self._error: BaseException | None = None

    def begin(self) -> None:
        """Start, and return once the first turn was taken; raises the error that prevented it."""
        self.start()
        self._under_way.wait()
        if self._error is not None:
            raise self._error

    def run(self) -> None:
        """Run the controller to its end, over a connection of its own."""
        begin: Callable[..., Controller] = run_beside if self._keeps_task else start_here
        try:
            begin(connect(), self._task_id, on_turn=self._after_turn, on_open=self._note)
        except BaseException as error:  # noqa: BLE001  raised where the script waits
            self._error = error
        finally:
            self._under_way.set()

    def wait(self, seconds: float | None) -> bool:
        """Wait for the end; true when it has come, false after so many seconds. Raises what ended the run."""
        self.join(seconds)
        if not self.is_alive() and self._error is not None:
            raise self._error
        return not self.is_alive()

    def wind_up(self, reason: str) -> None:
        """Ask for an orderly end."""
        if self._controller is not None:
            self._controller.wind_up(reason)

    def abort(self) -> None:
        """End in order because a person aborted the task, and wait for it."""
        self.wind_up("The optimization was aborted by a person.")
        self.join()

    def _note(self, controller: Controller) -> None:
        self._controller = controller

    def _after_turn(self, controller: Controller, turn: Turn) -> None:
        self._under_way.set()
        if self._on_turn is not None:
            self._on_turn(controller, turn)
