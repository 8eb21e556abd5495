"""Whole runs on an embedded server, over a real socket, with simulated workers."""

from simulation import World, properties


def test_a_run_tries_all_trials_and_says_so(world: World):
    world.hire(2)
    controller = world.run(limits={"total_tasks": 6})
    trials = world.trials(controller.task_id)
    assert [task["status"] for task in trials] == ["completed"] * 6
    assert world.numbers(controller.task_id) == list(range(6))
    task = world.api.task(controller.task_id)
    assert (task["status"], task["status_message"]) == ("completed", "All 6 trials have run.")
    assert properties(task)["reason"] == "All 6 trials have run."
