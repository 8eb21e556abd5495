"""Which trials of a run are stopped early, and why: the configured rule, or the one that pays."""

from dataclasses import dataclass

from clearml_hpo_app.config import HYPERBAND_METHODS, HpoConfig, Method
from clearml_hpo_app.early_stopping.rules import Kind

FEWEST_ITERATIONS = 9
SHORTEST_SECONDS = 60.0
"""An agent needs 7–9 s to end a trial: stopping a shorter one early saves less than that."""


@dataclass(frozen=True)
class Stopping:
    """What was chosen, with the reason as half a sentence (`the trials of a grid are all wanted`)."""

    kind: Kind
    why: str


def choose_stopping(
    config: HpoConfig, method: Method, *, run_seconds: float | None = None, iterations: int | None = None
) -> Stopping:
    """Return how trials are stopped early.

    Args:
        config: What a person wants.
        method: The method that is used, which `auto` may have chosen.
        run_seconds: How long the base task ran, `None` while that is unknown.
        iterations: Iterations of a whole trial, as far as the base task or the limit tells.
    """
    if method in HYPERBAND_METHODS:
        return Stopping("hyperband", "the method brings its own")
    if config.early_stopping != "auto":
        return Stopping(config.early_stopping, "it was configured")
    reason = _reason_against(config, method, run_seconds, config.limits.max_iterations or iterations)
    return Stopping("none", reason) if reason else Stopping("asha", "trials report on the way to their result")


def _reason_against(config: HpoConfig, method: Method, run_seconds: float | None, iterations: int | None) -> str:
    if len(config.objectives) > 1:
        return "several objectives cannot be judged on the way"
    if method == "grid":
        return "the trials of a grid are all wanted in full"
    if iterations is not None and iterations < FEWEST_ITERATIONS:
        return f"a trial of {iterations} iterations has none to save"
    if run_seconds is not None and run_seconds < SHORTEST_SECONDS:
        return f"a trial takes {run_seconds:.3g} s, and ending one early takes an agent about 8 s"
    return ""
