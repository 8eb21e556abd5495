"""What a run chooses once and keeps: its method, how trials are stopped early, and how long a whole trial is."""

import json
from dataclasses import asdict, dataclass, replace
from importlib.util import find_spec

from clearml_hpo_app.config import METHOD_TITLES, HpoConfig
from clearml_hpo_app.early_stopping import Stopping, choose_stopping
from clearml_hpo_app.strategies import Choice, choose_method

SEARCH = "Search"
"""Configuration object of the controller task that holds what was chosen; a resumed run reads it."""


@dataclass(frozen=True)
class SearchPlan:
    """The method and the rule of early stopping of a run, each with its reason.

    Attributes:
        iterations: Iterations of a whole trial: the limit, else what the base task or the first complete trial
            made; `None` until one is known.
    """

    choice: Choice
    stopping: Stopping
    iterations: int | None

    def sentences(self) -> list[str]:
        """Return what was chosen and why, for the log."""
        return [
            f"method: {METHOD_TITLES[self.choice.method]}, since {self.choice.why}",
            f"early stopping: {self.stopping.kind}, since {self.stopping.why}",
        ]

    def learn(self, config: HpoConfig, iterations: int, run_seconds: float) -> "SearchPlan":
        """Return the plan once the first complete trial has shown how long one is."""
        stopping = choose_stopping(config, self.choice.method, run_seconds=run_seconds, iterations=iterations)
        return replace(self, stopping=stopping, iterations=iterations)

    def to_text(self, run_id: str) -> str:
        """Return the text of the configuration object."""
        return json.dumps({"run": run_id, **asdict(self)}, indent=2, ensure_ascii=False)


def choose_plan(config: HpoConfig, run_seconds: float | None, iterations: int | None) -> SearchPlan:
    """Choose for a run that begins; the base task's running time and iterations are `None` where unknown."""
    choice = choose_method(config)
    length = config.limits.max_iterations or iterations or None
    stopping = choose_stopping(config, choice.method, run_seconds=run_seconds, iterations=length)
    return SearchPlan(choice, stopping, length)


def read_plan(text: str, run_id: str, config: HpoConfig) -> SearchPlan | None:
    """Return what this run chose before; `None` where there is nothing, or what was chosen cannot be used here."""
    try:
        told = json.loads(text or "{}")
        if told["run"] != run_id:
            return None
        plan = SearchPlan(Choice(**told["choice"]), Stopping(**told["stopping"]), told["iterations"])
    except (ValueError, KeyError, TypeError):
        return None
    is_missing = plan.choice.method == "gaussian-process" and find_spec("torch") is None
    return None if is_missing and config.method == "auto" else plan
