"""States, values and parameters of a run in words, for every place of the terminal where they are printed."""

from collections.abc import Mapping, Sequence

from rich.text import Text

from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.dashboard.labels import parameter_labels
from clearml_hpo_app.objective import Values
from clearml_hpo_app.space.values import Value, show
from clearml_hpo_app.statuses import NO_CONTROLLER, UNCONTROLLED
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import Trial, TrialState, Verdict
from clearml_hpo_app.wording import number, plain, value_text

NONE = "–"
BARS = "▁▂▃▄▅▆▇█"
ARROWS = {"max": "↑", "min": "↓"}

_STATE_STYLES = {
    TrialState.CREATED: "dim",
    TrialState.QUEUED: "dim",
    TrialState.RUNNING: "cyan",
    TrialState.STOPPING: "yellow",
    TrialState.COMPLETED: "green",
    TrialState.STOPPED: "yellow",
    TrialState.FAILED: "red",
    TrialState.DELETED: "red",
}
_SHORT_VERDICTS = {Verdict.ABORTED: "aborted", Verdict.TASK_TIME: "time limit"}
_STATUS_STYLES = {
    "completed": "green",
    "published": "green",
    "in_progress": "cyan",
    "running": "cyan",
    "failed": "red",
    UNCONTROLLED: "red",
}
_STATUS_WORDS = {"in_progress": "running", UNCONTROLLED: "no controller"}


def objective_text(config: HpoConfig) -> str:
    """Return the objectives with the wanted direction: `validation/accuracy ↑`."""
    return ", ".join(f"{plain(goal.name)} {ARROWS[goal.trend]}" for goal in config.objectives)


def ranking_text(config: HpoConfig) -> str:
    """Return what makes a trial the best where there are several objectives; empty where there is one."""
    if len(config.objectives) == 1:
        return ""
    return f"best in {plain(config.objective.name)} of those that no trial beats in all objectives"


def values_text(values: Values | None) -> str:
    """Return the values of a trial, one per objective."""
    return ", ".join(number(value) for value in values) if values else NONE


def clock(seconds: float) -> str:
    """Return a duration as a stop watch has it: `0:42`, `3:07`, `2:05:00`."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}" if minutes >= 60 else f"{minutes}:{rest:02d}"


def exact_text(value: Value, limit: int = 24) -> str:
    """Return a parameter's value exactly as the trial receives it; only text is cut to `limit` characters."""
    return value_text(value, limit) if isinstance(value, str) else show(value)


def status_text(status: str) -> Text:
    """Return an instance's state, or the status of its task, in its colour, as people say it."""
    return Text(_STATUS_WORDS.get(status, status), style=_STATUS_STYLES.get(status, "yellow"))


def missing_controller(snapshot: Snapshot, task_id: str) -> str:
    """Return that no controller is at work on a run, and what to do; empty where one is, or none is needed."""
    if snapshot.state != UNCONTROLLED:
        return ""
    return f"{NO_CONTROLLER}. Carry it on with: clearml-hpo run --resume {task_id}"


def state_text(trial: Trial) -> Text:
    """Return where a trial stands or how it ended, in the colour that goes with it."""
    plainly = {Verdict.COMPLETED, Verdict.FAILED, Verdict.DELETED}
    if trial.verdict is None or trial.verdict in plainly:
        word = trial.state.value
    else:
        word = _SHORT_VERDICTS.get(trial.verdict, trial.verdict.value)
    style = "green" if trial.verdict is not None and trial.verdict.is_full_result else _STATE_STYLES[trial.state]
    return Text(word, style=style)


def parameter_text(parameters: Mapping[str, Value], names: Mapping[str, str]) -> Text:
    """Return parameters in one line, the names dimmed; `names` gives the short form of each full name."""
    text = Text(no_wrap=True, overflow="ellipsis")
    for name, value in parameters.items():
        text.append("  " if text else "")
        text.append(f"{names.get(name, plain(name))} ", style="dim")
        text.append(exact_text(value))
    return text


def short_names(config: HpoConfig, longest: int = 30) -> Mapping[str, str]:
    """Return each parameter's name in at most `longest` letters, without its section where that is unambiguous."""
    return parameter_labels([parameter.name for parameter in config.parameters], longest)


def varied(trial: Trial, snapshot: Snapshot) -> dict[str, Value]:
    """Return the parameters of a trial that differ between trials."""
    return {parameter.name: trial.parameters.get(parameter.name) for parameter in snapshot.config.space.varied}


def best_so_far(snapshot: Snapshot) -> list[float]:
    """Return the best value of the first objective after each trial that has one, in the order of their end."""
    goal = snapshot.config.objective
    ended = [trial for trial in snapshot.ranked if trial.ended is not None]
    ended.sort(key=lambda trial: (trial.ended, trial.number))
    course: list[float] = []
    for trial in ended:
        value = (trial.values or ())[0]
        course.append(goal.best([value, course[-1]]) if course else value)
    return course


def spark(values: Sequence[float], width: int = 24) -> str:
    """Return the course of `values` as bars, at most `width` of them; empty below two values."""
    if len(values) < 2:
        return ""
    shown = [values[index * (len(values) - 1) // (width - 1)] for index in range(width)]
    shown = shown if len(values) > width else list(values)
    low, high = min(shown), max(shown)
    span = high - low
    if not span > 0:
        return BARS[0] * len(shown)
    return "".join(BARS[min(int((value - low) / span * len(BARS)), len(BARS) - 1)] for value in shown)
