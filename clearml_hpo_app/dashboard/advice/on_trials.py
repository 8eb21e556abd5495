"""Advice on trials and workers: what fails, diverges, waits, or does not become better."""

import math
from collections.abc import Iterator

from clearml_hpo_app.dashboard.advice.finding import NAME, TEXT, Advice
from clearml_hpo_app.dashboard.advice.in_common import in_common
from clearml_hpo_app.dashboard.results import objective_texts
from clearml_hpo_app.statuses import NO_CONTROLLER, UNCONTROLLED
from clearml_hpo_app.trials.reasons import by_reason
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import Outcome
from clearml_hpo_app.wording import agent_command, counted, counted_of, cut_middle, plain, value_text

FEWEST_FAILED = 3
FAILED_SHARE = 0.25
FEWEST_ALIKE = 5
"""Failed trials, when they are also a tenth of all, that are worth a word for what they have in common: of fewer,
one of several parameters is alike by chance too often."""

ALIKE_SHARE = 0.1
FEWEST_FAR = 3
FAR_SHARE = 0.1
GOOD_SHARE = 0.25
"""Of the trials, those that are good by an objective."""

LONG_WITHOUT = 25
"""Trials without an improvement that are worth a word, when they are also a third of all."""


def standing(snapshot: Snapshot) -> Advice:
    """Say where the run stands, in one sentence."""
    reached = counted_of(snapshot.ended, snapshot.total, "trial")
    ended = f"{reached} {'has' if reached.endswith('trial') else 'have'} ended"
    active = [(snapshot.running, "run"), (snapshot.pending, "wait in the queue")]
    counts = ", ".join([ended, *(f"{count} {what}" for count, what in active if count)])
    why = f". {plain(snapshot.reason, 200)}" if snapshot.reason else ""
    ranked = snapshot.ranked
    if not ranked:
        none = "none has ended with a value yet" if snapshot.status == "in_progress" else "none with a value"
        return Advice(f"{counts}; {none}{why}", "")
    best = ranked[0]
    texts = objective_texts(snapshot, best.values or ())
    goals = [cut_middle(goal.name, NAME) for goal in snapshot.config.objectives]
    worth = ", ".join(f"{goal} {text}" for goal, text in zip(goals, texts, strict=True))
    if len(goals) == 1:
        return Advice(f"{counts}; the best is trial {best.number} with {worth}{why}", "", best)
    front = len(snapshot.pareto_front)
    on_front = f"{counted(front, 'trial')} {'is' if front == 1 else 'are'} on the Pareto front"
    leading = f"trial {best.number} leads in {goals[0]}, with {worth}"
    return Advice(f"{counts}; {on_front}, where {leading}{why}", "", best)


def failures(snapshot: Snapshot) -> Iterator[Advice]:
    """Tell that most trials fail, or what those that fail have in common, with the commonest reason."""
    count = snapshot.outcomes[Outcome.FAILED]
    if count < FEWEST_FAILED:
        return
    failed = [trial for trial in snapshot.trials if trial.outcome is Outcome.FAILED]
    shared = in_common(failed, snapshot.ranked, snapshot.config.space.varied)
    has_cause = bool(shared) and count >= max(FEWEST_ALIKE, ALIKE_SHARE * snapshot.ended)
    if not (has_cause or _are_many(count, snapshot)):
        return
    alike = max(by_reason(failed), key=len)
    reason = plain(alike[-1].reason, TEXT)
    share = "all" if len(alike) == len(failed) else f"{len(alike)} of them"
    like = f", {share} with “{reason}”" if reason else ""
    yield Advice(
        f"{len(failed)} of {counted(snapshot.ended, 'trial')} failed{like}{_also(shared)}",
        "look at the console of the linked trial"
        + ("; if only some parameters fail, take them out of the space" if len(failed) < snapshot.ended else ""),
        alike[-1],
    )


def without_value(snapshot: Snapshot) -> Iterator[Advice]:
    """Tell that most trials end without the objective."""
    if not _are_many(snapshot.outcomes[Outcome.NO_VALUE], snapshot):
        return
    silent = [trial for trial in snapshot.trials if trial.outcome is Outcome.NO_VALUE]
    names = " and ".join(cut_middle(goal.name, NAME) for goal in snapshot.config.objectives)
    yield Advice(
        f"{len(silent)} of {counted(snapshot.ended, 'trial')} ended without a value of {names}",
        "compare title and series of the objective with the scalars of the linked trial",
        silent[-1],
    )


def _also(shared: str) -> str:
    return f"; {shared}" if shared else ""


def _are_many(count: int, snapshot: Snapshot) -> bool:
    return count >= FEWEST_FAILED and count >= FAILED_SHARE * snapshot.ended


def far_worse(snapshot: Snapshot) -> Iterator[Advice]:
    """Tell that trials diverge: their values are so bad that the figures leave them out."""
    ranked, near = snapshot.ranked, snapshot.within_reach
    known = {trial.number for trial in near} | _good_at_something(snapshot)
    far = [trial for trial in ranked if trial.number not in known]
    if len(far) < FEWEST_FAR or len(far) < FAR_SHARE * len(ranked):
        return
    goals = snapshot.config.objectives
    place = max(range(len(goals)), key=lambda place: sum(snapshot.is_beyond(trial, place) for trial in far))
    worst = min(far, key=lambda trial: goals[place].sign * (trial.values or ())[place])
    named = f"{cut_middle(goals[place].name, NAME)} " if len(goals) > 1 else ""
    shared = in_common(far, near, snapshot.config.space.varied)
    yield Advice(
        f"{len(far)} of {counted(len(ranked), 'trial')} with a value are far worse than the others, "
        f"{named}{value_text((worst.values or ())[place])} at worst, and lie beyond the axes{_also(shared)}",
        "take such values out of the space, if none of them is good"
        if shared
        else "compare their parameters with those of the others: what they share may be taken out of the space",
        worst,
    )


def _good_at_something(snapshot: Snapshot) -> set[int]:
    """Return the numbers of trials that are among the best by one of several objectives: none to be cut away."""
    goals, count = snapshot.config.objectives, math.ceil(GOOD_SHARE * len(snapshot.ranked))
    found: set[int] = set()
    for place, goal in enumerate(goals if len(goals) > 1 else ()):
        losses = sorted((-goal.sign * (trial.values or ())[place], trial.number) for trial in snapshot.ranked)
        found |= {number for _, number in losses[:count]}
    return found


def controller(snapshot: Snapshot) -> Iterator[Advice]:
    """Tell that nobody makes trials any more."""
    if snapshot.state == UNCONTROLLED:
        yield Advice(
            NO_CONTROLLER[0].lower() + NO_CONTROLLER[1:],
            "carry it on: with the button of its page, or clearml-hpo run --resume and its id",
        )


def workers(snapshot: Snapshot) -> Iterator[Advice]:
    """Tell that no worker serves the queue, or fewer than trials may run."""
    workers, most = snapshot.workers, snapshot.config.max_concurrent_tasks
    if workers is None or snapshot.pending == 0 or snapshot.status != "in_progress":
        return
    queue = plain(snapshot.config.execution_queue, NAME)
    if workers == 0:
        yield Advice(
            f"no worker serves the queue {queue}: {counted(snapshot.pending, 'trial')} wait",
            f"start an agent: {agent_command(queue)}",
        )
    elif workers < most and snapshot.running <= workers:
        idle = f"{counted(most - workers, 'slot')} stand{'s' if most - workers == 1 else ''} idle"
        served = f"only {counted(workers, 'worker')} serve{'s' if workers == 1 else ''} the queue {queue}"
        yield Advice(
            f"{served}, but {most} trials may run at once: {idle}",
            f"start more agents, or lower max_concurrent_tasks to {workers}",
        )


def standstill(snapshot: Snapshot) -> Iterator[Advice]:
    """Tell that nothing has become better for long."""
    if len(snapshot.config.objectives) > 1:
        return
    ranked = snapshot.ranked
    if not ranked or snapshot.status != "in_progress":
        return
    last = ranked[0].ended
    since = sum(1 for trial in ranked if last is not None and trial.ended is not None and trial.ended > last)
    if since >= LONG_WITHOUT and since >= len(ranked) / 3:
        yield Advice(
            f"no improvement for {counted(since, 'trial')}, since trial {ranked[0].number}",
            "stop here, or change the space: narrow it around the best trials, or add parameters",
            ranked[0],
        )
