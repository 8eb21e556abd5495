"""What is the same for all controllers, and printed with the figures."""

import os
from dataclasses import asdict, dataclass
from typing import Any

from clearml_hpo_app.local.server import ServerAddress

_ACCESS_KEY, _SECRET_KEY = "CLEARML_API_ACCESS_KEY", "CLEARML_API_SECRET_KEY"
OURS, SDK_RANDOM, SDK_OPTUNA = PLAYERS = ("ours", "sdk_random", "sdk_optuna")


@dataclass(frozen=True)
class Settings:
    """One comparison.

    Attributes:
        trials: Of each controller and round.
        seconds: That a trial takes.
        concurrent: Limit on trials at the same time, and simulated workers.
        agents: Real agents instead, and the limit; 0 for simulated workers.
        players: Whose turn it is, one after the other.
        rounds: How often it is each one's turn.
        method, early_stopping, queue_ahead: Settings of ours; an empty text leaves the default.
        sdk_pool_period_minutes, sdk_report_period_minutes: The SDK's optimizer, at its fastest usual.
        report_seconds, poll_seconds: Workers: between two values of the objective, two looks at an empty queue.
    """

    trials: int = 40
    seconds: float = 9.0
    concurrent: int = 8
    agents: int = 0
    players: tuple[str, ...] = PLAYERS
    rounds: int = 1
    method: str = "random"
    early_stopping: str = "none"
    queue_ahead: str = ""
    sdk_pool_period_minutes: float = 0.2
    sdk_report_period_minutes: float = 0.2
    report_seconds: float = 2.0
    poll_seconds: float = 5.0

    @property
    def slots(self) -> int:
        """How many trials can run at a time."""
        return self.agents or self.concurrent

    @property
    def patience_seconds(self) -> float:
        """How long a controller may take: far more than any should."""
        return 300 + 10 * (self.seconds + 20) * self.trials / self.slots

    def to_json(self) -> dict[str, Any]:
        """Return them as they are printed."""
        return asdict(self)


def named_server() -> ServerAddress | None:
    """Return the server that `CLEARML_API_HOST` names, `None` for one of our own.

    Raises:
        SystemExit: A server is named without credentials.
    """
    host = os.environ.get("CLEARML_API_HOST")
    if not host:
        return None
    missing = [name for name in (_ACCESS_KEY, _SECRET_KEY) if not os.environ.get(name)]
    if missing:
        raise SystemExit(f"With CLEARML_API_HOST, {' and '.join(missing)} must be set too.")
    return ServerAddress(
        api_host=host.rstrip("/"),
        web_host=os.environ.get("CLEARML_WEB_HOST", ""),
        files_host=os.environ.get("CLEARML_FILES_HOST", ""),
        access_key=os.environ[_ACCESS_KEY],
        secret_key=os.environ[_SECRET_KEY],
    )
