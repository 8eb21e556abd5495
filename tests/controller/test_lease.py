"""One controller at a time: a second one notices, and the orphan of a killed agent leaves."""

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from simulated_worker import Behaviour
from simulation import World, properties

from clearml_hpo_app.clearml_api.budget import CallBudget
from clearml_hpo_app.clearml_api.rows import TaskRow, read_row
from clearml_hpo_app.clearml_api.tasks import write_properties
from clearml_hpo_app.controller.lease import HEARTBEAT, Lease, read_lease
from clearml_hpo_app.controller.loop import Controller
from clearml_hpo_app.errors import HeldElsewhere, PreflightFailed
from clearml_hpo_app.instances.launching import create_draft
from clearml_hpo_app.instances.runner import wait_for_turn

pytestmark = pytest.mark.usefixtures("living_controllers")

LONG = Behaviour(iterations=60)


def row_of(world: World, task_id: str) -> TaskRow:
    return read_row(world.api.task(task_id), ())


def test_a_second_controller_notices_the_first_and_leaves(world: World):
    """While it waits, the first one takes its turns."""
    world.hire(1, lambda number, texts: LONG)
    first = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 1})
    turns = first.run()

    def live():
        for turn in turns:
            yield 2.0
            if turn.finish is not None:
                return

    world.clock.live(live())
    first.clock = StandingClock(world)
    with pytest.raises(HeldElsewhere, match="must have one controller at a time"):
        world.open(first.task_id)
    while first.ended is None:
        world.clock.wait(5.0)
    assert world.statuses(first.task_id) == ["completed"]
    assert first.abandoned == ""


class StandingClock:
    """A clock for a controller that somebody else drives: it does not wait by itself."""

    def __init__(self, world: World) -> None:
        self.now = world.clock.now

    def wait(self, seconds: float) -> None:
        """The one who drives waits."""


def test_a_controller_on_another_host_that_is_silent_is_taken_over_when_its_lease_expires(world: World):
    world.hire(1)
    first = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 3})
    next(first.run())
    begin = world.clock.now()
    again = world.open(first.task_id)
    assert 20 < (world.clock.now() - begin).total_seconds() < 40
    world.finish(again)
    assert world.numbers(first.task_id) == [0, 1, 2]


def test_a_holder_on_this_host_whose_process_is_gone_is_taken_over_at_once(world: World):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    first = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 1})
    lease = read_lease(row_of(world, first.task_id))
    assert lease is not None
    write_properties(world.client, first.task_id, {HEARTBEAT: replace(lease, process=gone.pid).to_text()})
    begin = world.clock.now()
    world.open(first.task_id)
    assert (world.clock.now() - begin).total_seconds() < 5


def test_of_two_that_resume_at_the_same_moment_one_leaves(world: World):
    first = world.begin(limits={"total_tasks": 1})
    first.herald.release(first.state, world.clock.now())

    def rival():
        yield 0.5
        first.herald.renew(first.state, world.clock.now())

    world.clock.live(rival())
    with pytest.raises(HeldElsewhere, match="at the same moment"):
        world.open(first.task_id)


def test_a_turn_that_outlasts_its_lease_makes_no_trial_for_another_controllers_run(world: World):
    world.hire(24)
    client = world.connect(world.address)
    task_id = world.instance(client, max_concurrent_tasks=24, max_calls_per_minute=30, limits={"total_tasks": 24})
    client.budget = CallBudget(world.clock, 30)
    first, others = world.open(task_id, client), list[Controller]()

    def rival():
        yield 5.0
        others.append(world.open(task_id))
        others[0].clock = StandingClock(world)
        for _ in others[0].run():
            yield 2.0

    world.clock.live(rival())
    turns = first.run()
    assert "another controller's" in next(turns).trouble, "it waited for its ceiling, longer than its lease lasts"
    list(turns)
    assert first.abandoned
    while others[0].ended is None:
        world.clock.wait(5.0)
    assert sorted(world.numbers(task_id)) == list(range(24))


def test_a_long_turn_renews_its_lease_so_that_no_other_controller_comes_in(world: World):
    first = world.begin(limits={"total_tasks": 1})
    first.own.look()
    with first.hold.kept():
        for _ in range(4):
            before = first.client.calls.total()
            world.clock.wait(16.0)
            first.client.call("tasks.get_all", id=[first.task_id], only_fields=["id"])
            lease = read_lease(row_of(world, first.task_id))
            assert lease is not None and lease.is_held(world.clock.now() + timedelta(seconds=28))
            first.client.call("tasks.get_all", id=[first.task_id], only_fields=["id"])
            assert first.client.calls.total() - before == 4, "two of them look and renew"
    write_properties(world.client, first.task_id, {HEARTBEAT: replace(lease, nonce="another").to_text()})
    world.clock.wait(16.0)
    first.client.call("tasks.get_all", id=[first.task_id], only_fields=["id"])  # between turns nothing is asked
    with first.hold.kept():
        first.hold.looked()
        world.clock.wait(16.0)
        with pytest.raises(HeldElsewhere):
            first.client.call("tasks.get_all", id=[first.task_id], only_fields=["id"])


def test_the_orphan_of_a_killed_agent_leaves_its_trials_to_the_controller_that_was_started_anew(world: World):
    world.hire(2, lambda number, texts: LONG)
    orphan = world.begin(limits={"total_tasks": 2})
    world.advance(orphan, lambda: len(orphan.state.active) == 2)
    world.clock.wait(1.0)
    world.api("tasks.stopped", task=orphan.task_id)
    world.api("tasks.started", task=orphan.task_id)
    world.finish(orphan)
    assert orphan.abandoned == "Another controller carries this optimization on."
    again = world.open(orphan.task_id)
    world.finish(again)
    assert world.statuses(orphan.task_id) == ["completed", "completed"]
    assert properties(world.api.task(orphan.task_id))["reason"] == "All 2 trials have run."


def test_an_instance_that_was_enqueued_again_is_left_to_its_next_controller(world: World):
    world.hire(1, lambda number, texts: LONG)
    orphan = world.begin(limits={"total_tasks": 1})
    world.advance(orphan, lambda: bool(orphan.state.active))
    world.api("tasks.stopped", task=orphan.task_id)
    world.api("tasks.enqueue", task=orphan.task_id, queue=world.api("queues.create", name="idle-lease")["id"])
    world.finish(orphan)
    assert world.statuses(orphan.task_id) == ["queued"]
    lease = read_lease(row_of(world, orphan.task_id))
    assert lease is not None
    assert not lease.is_held(world.clock.now())


def test_the_end_of_a_run_releases_its_lease(world: World):
    world.hire(1)
    controller = world.run(limits={"total_tasks": 1})
    lease = read_lease(row_of(world, controller.task_id))
    assert lease is not None
    assert lease.at == lease.until


def test_an_instance_that_has_completed_or_waits_for_its_controller_is_not_resumed_here(world: World):
    world.hire(1)
    done = world.run(limits={"total_tasks": 1}).task_id
    with pytest.raises(PreflightFailed, match=f"has completed. More trials: clearml-hpo extend {done}"):
        wait_for_turn(world.client, done, print)
    waiting = create_draft(world.client, world.config())
    world.api("tasks.enqueue", task=waiting, queue=world.api("queues.create", name="waiting-lease")["id"])
    with pytest.raises(PreflightFailed, match="waits in a queue for its controller"):
        wait_for_turn(world.client, waiting, print)


def test_under_a_low_ceiling_the_lease_never_lapses_also_after_a_pause(world: World):
    world.hire(8)
    client = world.connect(world.address)
    task_id = world.instance(client, max_concurrent_tasks=8, max_calls_per_minute=30, limits={"total_tasks": 40})
    client.budget = CallBudget(world.clock, 30)
    controller, lapses = world.open(task_id, client), list[Lease | None]()

    def watcher():
        while True:
            yield 1.0
            lease = read_lease(row_of(world, task_id))
            if controller.ended is None and (lease is None or not lease.is_held(world.clock.now())):
                lapses.append(lease)

    world.clock.live(watcher())
    turns = world.advance(controller, lambda: controller.state.results >= 4)
    for want, seconds in (("paused", 70), ("running", 90)):
        write_properties(world.client, task_id, {"hpo_want": want})
        begun = world.clock.now()
        while world.clock.now() - begun < timedelta(seconds=seconds):
            next(turns)
    assert lapses == []
    list(turns)
    assert world.statuses(task_id) == ["completed"] * 40


@pytest.mark.parametrize("want", ["paused", "stop now"])
def test_under_a_low_ceiling_a_wish_is_heeded_while_many_trials_are_still_to_be_made(world: World, want: str):
    world.hire(24)
    client = world.connect(world.address)
    task_id = world.instance(client, max_concurrent_tasks=24, max_calls_per_minute=30, limits={"total_tasks": 24})
    client.budget = CallBudget(world.clock, 30)
    controller, waited, made = world.open(task_id, client), list[float](), list[int]()

    def person():
        yield 8.0
        write_properties(world.client, task_id, {"hpo_want": want})
        begun = world.clock.now()
        while not (controller.state.is_paused or controller.state.winding_up):
            yield 0.5
        waited.append((world.clock.now() - begun).total_seconds())
        made.append(len(world.trials(task_id)))
        yield 60.0
        made.append(len(world.trials(task_id)))
        write_properties(world.client, task_id, {"hpo_want": "running"})

    world.clock.live(person())
    list(controller.run())
    world.clock.wait(90.0)
    assert waited[0] < 45
    assert made[0] == made[1] < 12
    assert len(world.trials(task_id)) == (24 if want == "paused" else made[0])


def test_what_takes_long_to_make_is_enqueued_meanwhile(world: World):
    client = world.connect(world.address)
    task_id = world.instance(client, max_concurrent_tasks=16, max_calls_per_minute=30, limits={"total_tasks": 16})
    client.budget = CallBudget(world.clock, 30)
    controller, waited = world.open(task_id, client), list[float]()

    def watcher():
        while True:
            yield 1.0
            drafts = [task for task in world.trials(task_id) if task["status"] == "created"]
            waited.append(len(drafts))

    world.clock.live(watcher())
    world.advance(controller, lambda: len(controller.state.enqueued_at) == 16)
    assert max(waited) <= 8, "the fifth of a minute's calls that may come at once, and what follows within 2 s"
