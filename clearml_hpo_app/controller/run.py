"""Opening a controller on its task: everything that is read once, before the first turn."""

import logging
from collections.abc import Sequence
from random import Random

from clearml_hpo_app.clearml_api import instances, tasks
from clearml_hpo_app.clearml_api.base_task import BaseTask, read_base_task
from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clearml_api.rows import read_row
from clearml_hpo_app.clock import Clock, SystemClock, waking
from clearml_hpo_app.config import LEARNING_METHODS, HpoConfig, to_export_text
from clearml_hpo_app.controller.acting.act import Actor
from clearml_hpo_app.controller.acting.making import Maker
from clearml_hpo_app.controller.acting.orders import OrderBook
from clearml_hpo_app.controller.acting.queueing import Queueing, with_queue
from clearml_hpo_app.controller.acting.refusals import Refusals
from clearml_hpo_app.controller.deciding.plan import IterationPlan
from clearml_hpo_app.controller.lease import new_nonce, read_lease
from clearml_hpo_app.controller.loop import Controller
from clearml_hpo_app.controller.observing.inquiry import Case, Inquiry
from clearml_hpo_app.controller.observing.review import Review
from clearml_hpo_app.controller.observing.rungs import Rungs
from clearml_hpo_app.controller.observing.watch import Watch
from clearml_hpo_app.controller.pace import retry_seconds
from clearml_hpo_app.controller.reporting.herald import Herald
from clearml_hpo_app.controller.reporting.opening import open_herald
from clearml_hpo_app.controller.reporting.sending import Journal
from clearml_hpo_app.controller.restore import (
    Opened,
    Restored,
    find_misplaced,
    open_run,
    restore_trials,
    tell_of_restored,
)
from clearml_hpo_app.controller.search_plan import SEARCH, SearchPlan, choose_plan, read_plan
from clearml_hpo_app.controller.state import RunState
from clearml_hpo_app.controller.steering.act_list import ActList
from clearml_hpo_app.controller.steering.acts import ACTS, read_done, read_pending
from clearml_hpo_app.controller.steering.answers import Answers
from clearml_hpo_app.controller.steering.steering import Steering, invitation, steered
from clearml_hpo_app.controller.steering.wishes import ANSWER, ENDED, WANT
from clearml_hpo_app.errors import HeldElsewhere, ServerUnavailable
from clearml_hpo_app.preflight.base_check import require_fit
from clearml_hpo_app.strategies import Strategy, make_strategy
from clearml_hpo_app.trials.snapshot import Decision
from clearml_hpo_app.wording import counted

log = logging.getLogger(__name__)

CONTENTION_SECONDS = 1.0
"""What a second controller that resumes at the same moment gets for writing its name over ours."""

CONFIGURATION = "Configuration"
"""Configuration object that holds the whole configuration as an export file: written here, never read."""

WRITTEN = "Written by the application, for export and for people: to change a clone, edit its section HPO"


def open_controller(
    client: Client, task_id: str, *, version: str, clock: Clock | None = None, journal: Journal | None = None
) -> Controller:
    """Read the controller task, begin or resume its run, and return the controller, ready for its first turn.

    A server that is away is waited for, here as in any turn.

    Args:
        client: Connection to the server.
        task_id: The controller task; it must be running already.
        version: Version of this package, for the exported configuration.
        clock: For waiting between turns; the system's unless given.
        journal: Collects the log for the task's console; `None` when something else does it.

    Raises:
        InvalidConfig: The task's configuration has violations.
        RequestRefused: The base task does not exist.
        PreflightFailed: The queue does not exist, or the base task does not fit a run that begins.
        HeldElsewhere: Another controller works on it.
    """
    clock, nonce, chance = clock or SystemClock(), new_nonce(), Random()  # noqa: S311
    troubles = 0
    while True:
        try:
            return _open(client, task_id, version, clock, journal, nonce)
        except ServerUnavailable as error:
            troubles += 1
            log.warning("%s The controller waits, and begins anew.", error)
            clock.wait(retry_seconds(troubles, chance))


def _open(
    client: Client, task_id: str, version: str, clock: Clock, journal: Journal | None, nonce: str
) -> Controller:
    opened = open_run(client, task_id, clock, nonce)
    state = _state(client, opened)
    herald = open_herald(client, opened, journal, nonce)
    client.budget.per_minute = state.config.max_calls_per_minute
    _take(herald, opened, clock)
    state.config = with_queue(client, state, opened.config)
    book = _order_book(client, opened)
    plan = _plan(opened, state.config, book.base)
    seed = seed_of(state.config, opened.run_id)
    strategy = make_strategy(state.config, seed, plan.choice.method, when_ready=waking(clock))
    state.learns = plan.choice.method in LEARNING_METHODS
    rungs = Rungs(client, task_id, state, plan, seed)
    inquiry = Inquiry(client, state, IterationPlan(book.base.iterations))
    if opened.is_resumed:
        _restore(client, opened, state, strategy, inquiry, rungs)
    _write_down(client, opened, version, plan)
    review = Review(client, task_id, state, strategy, book, rungs)
    watch = Watch(client, task_id, state, strategy, review, inquiry, rungs)
    steering = _steering(client, opened, state)
    controller = Controller(
        client, clock, task_id, state, _actor(client, state, strategy, book), watch, steering, herald
    )
    if book.base.run_seconds is not None:
        controller.expect_run_seconds(book.base.run_seconds)
    return controller


def _state(client: Client, opened: Opened) -> RunState:
    before = opened.handover
    return RunState(
        steered(opened.config, opened.row) if opened.is_resumed else opened.config,
        opened.run_id,
        client.now(),
        elapsed_before=before.elapsed_seconds,
        next_number=before.numbers,
        wishes=dict(before.wishes),
    )


def _restore(
    client: Client, opened: Opened, state: RunState, strategy: Strategy, inquiry: Inquiry, rungs: Rungs
) -> None:
    """Take in what the controllers before this one have made and seen."""
    restored = restore_trials(client, state, opened.row.id, opened.handover.kept)
    for trial, _ in restored:
        strategy.observe(trial)
    _recall(restored, state, inquiry, rungs)
    rungs.restore(opened.objects)
    find_misplaced(client, state)
    tell_of_restored(state)
    made = counted(len(state.trials), "trial")
    state.decisions.append(Decision(client.now(), "carried on", None, f"by another controller, after {made}"))


def _actor(client: Client, state: RunState, strategy: Strategy, book: OrderBook) -> Actor:
    refusals = Refusals()
    queueing = Queueing(client, state, book, refusals)
    return Actor(client, state, Maker(client, state, strategy, book, queueing), queueing, refusals)


def _steering(client: Client, opened: Opened, state: RunState) -> Steering:
    row, text = opened.row, opened.objects.get(ACTS, "")
    acts = ActList(client, row.id, state, read_done(text, opened.run_id), read_pending(text, opened.run_id))
    answers = Answers(client, row.id, row.properties.get(ANSWER, "") if opened.is_resumed else "")
    return Steering(client, state, opened.config, acts, answers)


def _recall(restored: Sequence[Restored], state: RunState, inquiry: Inquiry, rungs: Rungs) -> None:
    """Go through the ends of all attempts in their order, as the controllers before this one have seen them."""
    ends = [(found.trial.ended or found.trial.created, found) for found in restored if found.trial.state.is_final]
    for _, (trial, is_explained) in sorted(ends, key=lambda end: (end[0] is not None, end[0])):
        if state.trials[trial.number].attempt == trial.attempt:
            inquiry.open(Case(trial, explained=is_explained, is_news=False))
            rungs.note_end(trial)
        else:
            inquiry.plan.note(trial)


def _take(herald: Herald, opened: Opened, clock: Clock) -> None:
    """Take the lease before anything is changed; where two may want it, look whose name stands there then."""
    task_id = opened.row.id
    begins = invitation(opened.config)
    if opened.is_resumed:  # what ended the run before must not look as if it were wanted
        begins = {WANT: begins[WANT]} if opened.row.properties.get(WANT) == ENDED else {}
    herald.take_lease(opened.handover, begins)
    if not opened.is_resumed:
        return
    clock.wait(CONTENTION_SECONDS)
    lease = read_lease(read_row(tasks.get_task(herald.client, task_id), ()))
    if lease is not None and lease.nonce != herald.nonce:
        raise HeldElsewhere(
            f"An optimization must have one controller at a time, but another one, on {lease.host}, took "
            f"{task_id} at the same moment. This one leaves."
        )


def seed_of(config: HpoConfig, run_id: str) -> int:
    """Return the seed of a run: the configured one, or one that belongs to the run and stays with it."""
    return config.seed if config.seed is not None else int(run_id[:8], 16) & 0x7FFFFFFF


def _order_book(client: Client, opened: Opened) -> OrderBook:
    config = opened.config
    base = read_base_task(client, config.base_task_id)
    if not opened.is_resumed:
        require_fit(base, config)
    destination = config.destination_project
    project = instances.ensure_project(client, destination) if destination else base.project
    return OrderBook(config, base, opened.row.id, opened.run_id, project)


def _plan(opened: Opened, config: HpoConfig, base: BaseTask) -> SearchPlan:
    """Go on with what the run chose when it began, or choose."""
    known = read_plan(opened.objects.get(SEARCH, ""), opened.run_id, config)
    plan = known or choose_plan(config, base.run_seconds, base.iterations)
    for sentence in plan.sentences():
        log.info("%s", sentence)
    return plan


def _write_down(client: Client, opened: Opened, version: str, plan: SearchPlan) -> None:
    texts = {CONFIGURATION: to_export_text(opened.config, version), SEARCH: plan.to_text(opened.run_id)}
    instances.write_configurations(client, opened.row.id, texts, WRITTEN)
