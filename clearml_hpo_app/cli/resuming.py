"""Before an instance is carried on: whether another controller is still at work on it."""

from collections.abc import Callable
from datetime import timedelta

from clearml_hpo_app.clock import Clock, SystemClock
from clearml_hpo_app.errors import PreflightFailed
from clearml_hpo_app.instance import HpoInstance

SILENT_AFTER = timedelta(seconds=60)
"""A controller says that it lives every 20 s; one that has been silent for so long does not."""

_LOOK_SECONDS = 5.0


def wait_for_silence(instance: HpoInstance, say: Callable[[str], None], *, clock: Clock | None = None) -> None:
    """Return once no other controller works on the instance; at once when its task does not run.

    Raises:
        PreflightFailed: One does, or the instance waits in a queue for one.
    """
    clock = clock or SystemClock()
    first = instance.last_sign()
    told = False
    while (status := instance.status()) in {"in_progress", "queued"}:
        latest = instance.last_sign()
        if status == "queued" or latest != first:
            where = "waits in a queue for its controller" if status == "queued" else "has a controller at work"
            raise PreflightFailed(
                [
                    f"The instance must be without a controller to be resumed here, but it {where}. "
                    f"End that with: clearml-hpo stop {instance.id}"
                ]
            )
        if latest is None or instance.client.now() - latest > SILENT_AFTER:
            return
        if not told:
            say(f"Its controller was alive at {latest:%H:%M:%S}: waiting up to a minute to see if it still is …")
            told = True
        clock.wait(_LOOK_SECONDS)
