"""Which trials of a run are stopped early, and why: the configured rule, or the one that pays."""

from dataclasses import dataclass

from clearml_hpo_app.config import HYPERBAND_METHODS, HpoConfig, Method
from clearml_hpo_app.early_stopping.rules import Kind, make_rule
from clearml_hpo_app.wording import counted

FEWEST_ITERATIONS = 9
SHORTEST_SECONDS = 60.0
"""An agent needs 7–9 s to end a trial: stopping a shorter one early saves less than that."""


@dataclass(frozen=True)
class Stopping:
    """What was chosen.

    Attributes:
        why: The reason as half a sentence (`the trials of a grid are all wanted`).
        doubt: What a person should know and may change, in whole sentences; empty where nothing is doubtful.
    """

    kind: Kind
    why: str
    doubt: str = ""


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
    length = config.limits.max_iterations or iterations
    if method in HYPERBAND_METHODS:
        return _held_against("hyperband", "the method brings its own", config, length)
    if config.early_stopping != "auto":
        return _held_against(config.early_stopping, "it was configured", config, length)
    reason = _reason_against(config, method, run_seconds, length)
    if reason:
        return Stopping("none", reason)
    chosen = _held_against("asha", "trials report on the way to their result", config, length)
    return Stopping("none", _why_no_rung("asha", config, length), chosen.doubt) if chosen.doubt else chosen


def _held_against(kind: Kind, why: str, config: HpoConfig, length: int | None) -> Stopping:
    """Return what is wanted, with a doubt where no trial meets a rung before its end."""
    no_rung = _why_no_rung(kind, config, length)
    if not no_rung:
        return Stopping(kind, why)
    usual = _rungs(kind, length or 0, None)
    way_out = (
        f"Lower it: without it the rungs are at {', '.join(map(str, usual))}."
        if usual
        else "Report the objective more often."
    )
    doubt = f"No trial will be stopped early by {kind}: {no_rung}. {way_out}"
    return Stopping(kind, f"{why}, but none will be stopped: {no_rung}", doubt)


def _why_no_rung(kind: Kind, config: HpoConfig, length: int | None) -> str:
    least = config.limits.min_iterations
    if not length or kind == "none" or _rungs(kind, length, least):
        return ""
    if _rungs(kind, length, None):
        return f"min_iterations ({least}) leaves no rung in a trial of {counted(length, 'iteration')}"
    return f"a trial of {counted(length, 'iteration')} is too short for a rung"


def _rungs(kind: Kind, length: int, minimum: int | None) -> list[int]:
    rule = make_rule(kind, length, minimum, seed=0)
    return list(rule.rungs(0, length)) if rule is not None else []


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
