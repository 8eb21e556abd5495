"""Advice is drawn from the numbers, and only where they are clear."""

from dataclasses import replace

import pytest
from dashboard_runs import LOSS, config, failed, pruned, running, shares_of, snapshot, trial, typical_run, waiting

from clearml_hpo_app.dashboard.advice import advise
from clearml_hpo_app.dashboard.figures import advice
from clearml_hpo_app.dashboard.importance import UNKNOWN, Importance
from clearml_hpo_app.trials.trial import Verdict

LR = {"type": "uniform", "name": "Args/lr", "min": 1e-5, "max": 0.1, "scale": "log"}
DROPOUT = {"type": "uniform", "name": "Args/dropout", "min": 0.0, "max": 0.6}
BATCH = {"type": "discrete", "name": "Args/batch", "values": [16, 32, 64]}
KIND = {"type": "discrete", "name": "Args/kind", "values": ["a", "b", "c"]}


def findings(run, importance=UNKNOWN):
    return [each.finding for each in advise(run, importance)]


def best_at(values, parameter, count=12, **more):
    """Trials of one parameter whose value is at first place the better the smaller it is."""
    settings = config(parameters=[parameter, KIND], **more)
    name = parameter["name"]
    made = [trial(n, float(n), parameters={name: value, "Args/kind": "a"}) for n, value in enumerate(values)]
    middle = 32 if parameter is BATCH else 0.011 if parameter is LR else 0.3
    made += [trial(n, float(n), parameters={name: middle, "Args/kind": "a"}) for n in range(len(values), count)]
    return snapshot(made, settings=settings)


def test_the_first_sentence_says_where_the_run_stands():
    run = snapshot(
        [trial(0, 0.5), trial(1, 0.25), running(2), waiting(3)], settings=config(limits={"total_tasks": 9})
    )
    first = advise(run, UNKNOWN)[0]
    assert first.finding == (
        "2 of 9 trials have ended, 1 run, 1 wait in the queue; the best is trial 1 with validation/loss 0.25"
    )
    assert first.trial is not None and first.trial.number == 1


def test_a_run_without_values_says_so():
    assert findings(snapshot([running(0)])) == ["0 trials have ended, 1 run; none has ended with a value yet"]


@pytest.mark.parametrize(
    ("parameter", "values", "told"),
    [
        (LR, [0.1, 0.099], "lr at the upper end of its range (0.1 of 1e-5 … 0.1)"),
        (LR, [1e-5, 1.1e-5], "lr at the lower end of its range (1e-5 of 1e-5 … 0.1)"),
        (DROPOUT, [0.0, 0.3, 0.01], "dropout at the lower end of its range (0 of 0 … 0.6)"),
        (BATCH, [64, 64], "batch at the upper end of its range (64 of 16 … 64)"),
    ],
)
def test_a_best_trial_on_a_bound_is_advice_to_widen_it(parameter, values, told):
    [_, found] = advise(best_at(values, parameter), UNKNOWN)
    assert found.finding == f"the best trials have {told}"
    assert found.todo.startswith(("raise the maximum", "lower the minimum", "add larger values"))


@pytest.mark.parametrize(
    ("parameter", "values"), [(LR, [0.1, 0.01, 0.02]), (LR, [0.02, 0.1, 0.1]), (DROPOUT, [0.3, 0.02, 0.59])]
)
def test_one_good_trial_near_a_bound_is_no_reason(parameter, values):
    assert len(findings(best_at(values, parameter))) == 1


def test_few_trials_or_a_parameter_without_influence_give_no_advice_on_bounds():
    assert len(findings(best_at([0.1, 0.1], LR, count=9))) == 1
    run = best_at([0.1, 0.1], LR)
    assert len(findings(run, shares_of(run, 0.04, 0.96))) == 1
    assert len(findings(run, shares_of(run, 0.06, 0.94))) == 2


def test_the_order_of_categories_means_nothing():
    made = [trial(n, float(n), parameters={"Args/kind": "c" if n < 3 else "b"}) for n in range(12)]
    assert len(findings(snapshot(made, settings=config(parameters=[KIND, LR])))) == 1


def test_a_parameter_without_influence_is_to_be_fixed_at_the_best_value():
    run = typical_run(60)
    few = shares_of(run, 0.6, 0.2, 0.1, 0.095, 0.005)
    found = next(each for each in advise(run, few) if "influence" in each.finding)
    assert found.finding.startswith("optimizer, batch_size have next to no influence (less than 1 % each")
    assert found.todo.startswith("fix each at the value that costs least; the best trial has optimizer = ")
    assert not any("influence" in each for each in findings(run, few._replace(results=39)))


def test_a_category_that_was_hardly_tried_is_not_told_to_have_no_influence():
    kinds = ["a"] * 50 + ["b"] * 4
    made = [trial(n, n / 100, parameters={"Args/kind": kind, "Args/lr": 0.01}) for n, kind in enumerate(kinds)]
    run = snapshot(made, settings=config(parameters=[KIND, LR]))
    shares = Importance((("Args/lr", 0.999), ("Args/kind", 0.001)), 54)
    assert not any("influence" in each for each in findings(run, shares))
    more = replace(run, trials=(*made, trial(54, 0.2, parameters={"Args/kind": "b", "Args/lr": 0.01})))
    assert any("kind has next to no influence" in each for each in findings(more, shares))


def test_among_many_parameters_a_small_share_is_none_to_act_on():
    space = [{"type": "uniform", "name": f"Args/p{n}", "min": 0.0, "max": 1.0} for n in range(50)]
    values = {row["name"]: 0.5 for row in space}
    run = snapshot([trial(n, float(n), parameters=values) for n in range(60)], settings=config(parameters=space))
    shares = [(row["name"], 0.008 if n % 2 else 0.032) for n, row in enumerate(space)]
    assert not any("influence" in each for each in findings(run, Importance(tuple(shares), 60)))
    shares[0] = ("Args/p0", 0.0004)
    assert any(
        "p0 has next to no influence (less than 0.2 %" in each
        for each in findings(run, Importance(tuple(shares), 60))
    )


def test_a_share_that_its_panel_shows_as_1_percent_is_not_told_as_less():
    run = typical_run(60)
    assert not any(
        "influence" in each for each in findings(run, shares_of(run, 0.6, 0.2, 0.1, 0.05, 0.0402, 0.0098))
    )


def test_mostly_failing_trials_are_told_with_the_commonest_reason():
    made = [failed(0), failed(1), failed(2, reason="KeyError: 'lr'"), trial(3, 0.5), trial(4, 0.4)]
    [_, found] = advise(snapshot(made), UNKNOWN)
    assert found.finding == "3 of 5 trials failed, 2 of them with “RuntimeError: out of memory”"
    assert found.trial is not None and found.trial.number == 1
    assert len(findings(snapshot([*made, *(trial(n, 0.3) for n in range(5, 13))]))) == 1


def test_few_failures_with_a_clear_cause_are_told_and_without_one_not():
    settings = config(parameters=[LR, KIND])
    well = [trial(n, 0.3 + n / 100, parameters={"Args/kind": "b"}) for n in range(20)]
    broken = [failed(n, parameters={"Args/kind": "a"}) for n in range(20, 25)]
    [_, found] = advise(snapshot([*well, *broken], settings=settings), UNKNOWN)
    assert found.finding == (
        "5 of 25 trials failed, all with “RuntimeError: out of memory”; "
        "all of them have kind = a, none of 20 others"
    )
    assert len(findings(snapshot([*well, *broken[:4]], settings=settings))) == 1, "four may be alike by chance"
    anywhere = [failed(n, parameters={"Args/kind": "b"}) for n in range(20, 25)]
    assert len(findings(snapshot([*well, *anywhere], settings=settings))) == 1


def test_reasons_that_differ_in_their_numbers_are_one():
    told = "CUDA out of memory. Tried to allocate {} MiB at 0x{}"
    made = [failed(n, reason=told.format(20.5 + n, f"7f{n}a")) for n in range(4)]
    [_, found] = advise(snapshot([*made, failed(4, reason="KeyError: 'lr'")]), UNKNOWN)
    assert "4 of them with “CUDA out of memory. Tried to allocate 23.5 MiB at 0x7f3a”" in found.finding
    assert found.trial is made[3]


def test_diverging_by_a_further_objective_is_told_by_its_name():
    both = config(objectives=[LOSS, {"title": "validation", "series": "seconds", "trend": "min"}])
    made = [trial(n, (0.45 if n < 3 else 0.3 + n / 100, 1e30 if n < 3 else 5.0 + n)) for n in range(12)]
    [_, found] = advise(snapshot(made, settings=both), UNKNOWN)
    assert found.finding.startswith(
        "3 of 12 trials with a value are far worse than the others, validation/seconds 1e30 at worst"
    )


def test_a_trial_that_is_good_by_another_objective_is_not_advised_away():
    both = config(objectives=[LOSS, {"title": "validation", "series": "seconds", "trend": "min"}])
    made = [trial(n, (0.9 if n < 4 else 0.3 + n / 100, 2.0 + n / 10 if n < 4 else 5.0 + n)) for n in range(16)]
    assert len(snapshot(made, settings=both).within_reach) < 16
    assert not any("far worse" in finding for finding in findings(snapshot(made, settings=both)))


def test_a_range_of_two_integers_has_no_ends_to_widen():
    flag = {"type": "uniform", "name": "Args/flag", "min": 0, "max": 1, "step": 1}
    made = [trial(n, 0.3 + n / 100, parameters={"Args/flag": 0}) for n in range(12)]
    assert len(findings(snapshot(made, settings=config(parameters=[flag])))) == 1


def test_diverging_trials_are_told_with_the_worst():
    made = [trial(n, 0.3 + n / 100) for n in range(10)]
    assert len(findings(snapshot([*made, trial(10, 1e30), trial(11, 1e29)]))) == 1, "two are no pattern"
    [_, found] = advise(snapshot([*made, trial(10, 1e30), trial(11, 1e29), trial(12, 1e28)]), UNKNOWN)
    assert found.finding == (
        "3 of 13 trials with a value are far worse than the others, 1e30 at worst, and lie beyond the axes"
    )
    assert found.trial is not None and found.trial.number == 10


@pytest.mark.parametrize(
    ("far", "others", "said"),
    [
        ({"Args/lr": 0.07}, {"Args/lr": 0.001}, "all of them have lr at 0.07 or more, none of 10 others"),
        ({"Args/lr": 1e-5}, {"Args/lr": 0.001}, "all of them have lr at 1e-5 or less, none of 10 others"),
        ({"Args/kind": "a"}, {"Args/kind": "b"}, "all of them have kind = a, none of 10 others"),
        ({"Args/lr": 0.01}, {"Args/lr": 0.01}, ""),
        ({}, {"Args/lr": 0.01}, ""),
    ],
)
def test_what_far_worse_or_failed_trials_have_in_common_is_told(far, others, said):
    made = [trial(n, 0.3 + n / 100, parameters=others) for n in range(10)]
    diverged = [trial(n, 1e30, parameters=far) for n in range(10, 13)]
    [_, found] = advise(snapshot([*made, *diverged], settings=config(parameters=[LR, KIND])), UNKNOWN)
    assert found.finding.endswith(f"beyond the axes; {said}" if said else "beyond the axes")
    assert found.todo.startswith("take such values" if said else "compare their parameters")
    broken = [failed(n, parameters=far) for n in range(10, 21)]
    [_, found] = advise(snapshot([*made, *broken], settings=config(parameters=[LR, KIND])), UNKNOWN)
    assert found.finding.endswith(said or "out of memory”")


def test_with_several_objectives_the_front_is_told():
    both = config(objectives=[LOSS, {"title": "validation", "series": "seconds", "trend": "min"}])
    run = snapshot([trial(0, (0.5, 9.0)), trial(1, (0.4, 11.0)), trial(2, (0.6, 12.0))], settings=both)
    assert findings(run)[0].endswith(
        "2 trials are on the Pareto front, where trial 1 leads in validation/loss, with validation/loss 0.4, "
        "validation/seconds 11"
    )


def test_what_all_failed_trials_share_is_no_matter_of_some_parameters():
    [_, found] = advise(snapshot([failed(number) for number in range(4)]), UNKNOWN)
    assert found.finding == "4 of 4 trials failed, all with “RuntimeError: out of memory”"
    assert found.todo == "look at the console of the linked trial"


def test_trials_that_report_no_objective_point_at_its_name():
    made = [trial(n, verdict=Verdict.NO_METRIC) for n in range(4)]
    assert findings(snapshot(made))[1] == "4 of 4 trials ended without a value of validation/loss"


@pytest.mark.parametrize(
    ("workers", "told"),
    [
        (0, "no worker serves the queue default: 2 trials wait"),
        (1, "only 1 worker serves the queue default, but 4 trials may run at once: 3 slots stand idle"),
        (4, None),
        (None, None),
    ],
)
def test_idle_slots_are_told_with_their_cause(workers, told):
    run = snapshot([running(0), waiting(1), waiting(2)] if workers else [waiting(1), waiting(2)], workers=workers)
    assert findings(run)[1:] == ([told] if told else [])


def test_nothing_waiting_means_no_idle_slot():
    assert len(findings(snapshot([running(0)], workers=1))) == 1


@pytest.mark.parametrize(("after", "is_told"), [(24, False), (25, True)])
def test_a_long_time_without_improvement_is_told(after, is_told):
    run = snapshot([trial(0, 0.1), *(trial(n, 0.5) for n in range(1, after + 1))])
    assert (f"no improvement for {after} trials, since trial 0" in findings(run)) is is_told


def test_a_run_that_has_ended_is_not_told_to_stop():
    run = snapshot([trial(0, 0.1), *(trial(n, 0.5) for n in range(1, 60))], status="completed", reason="All done.")
    assert [each.todo for each in advise(run, UNKNOWN)] == [""]
    assert advise(run, UNKNOWN)[0].finding.endswith("with validation/loss 0.1. All done.")


def test_pruned_trials_are_not_the_best_on_a_bound():
    made = [pruned(n, float(n), parameters={"Args/lr": 0.1}) for n in range(12)]
    assert len(findings(snapshot(made))) == 1


def test_the_panel_links_the_trial_that_shows_it():
    rows = advice.rows(snapshot([trial(7, 0.5)]), UNKNOWN, lambda one: f"https://h/{one.task_id}")
    assert [(row.trial, row.address) for row in rows] == [("#7", "https://h/task0007")]
    figure = advice.draw(rows)
    assert figure["data"][0]["cells"]["values"][2] == ['<a href="https://h/task0007">#7</a>']
    assert "nothing stands out" in figure["layout"]["annotations"][0]["text"]


def test_a_value_of_another_type_than_its_range_is_on_no_bound():
    made = [
        trial(n, float(n), parameters={"Args/lr": value}) for n, value in enumerate(["x", True, None, -1.0] * 4)
    ]
    assert len(findings(snapshot(made, settings=config(parameters=[LR])))) == 1
