"""The picture of a run: what it shows, and that nothing in it can do harm."""

import io
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from rich.console import Console, Group, RenderableType

from clearml_hpo_app.cli.display import Display
from clearml_hpo_app.cli.live import failures, render
from clearml_hpo_app.cli.outcome import render_best, render_outcome, what_is_left
from clearml_hpo_app.cli.words import BARS, best_so_far, clock, spark
from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import MetricValue, Trial, TrialState, Verdict

NOW = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


def config(**changes: Any) -> HpoConfig:
    values: dict[str, Any] = {
        "base_task_id": "base",
        "objectives": [{"title": "val", "series": "accuracy"}],
        "parameters": [
            {"type": "uniform", "name": "Args/lr", "min": 0.0, "max": 1.0},
            {"type": "discrete", "name": "Args/mode", "values": ["[red]a[/]", "b\x1b[2J\x07"]},
        ],
        "limits": {"total_tasks": 10, "total_minutes": 5},
    }
    return HpoConfig.model_validate({**values, **changes})


def trial(number: int, value: float | None = None, **changes: Any) -> Trial:
    metrics = (MetricValue(value, value, value),) if value is not None else (None,)
    ended = TrialState.COMPLETED if value is not None else TrialState.RUNNING
    return replace(
        Trial(
            number=number,
            task_id=f"task{number}",
            name=f"trial {number}",
            parameters={"Args/lr": 0.123456789, "Args/mode": "[red]a[/]"},
            state=ended,
            values=(value,) if value is not None else None,
            metrics=metrics,
            iteration=7,
            started=NOW - timedelta(seconds=100 - number),
            ended=NOW - timedelta(seconds=50 - number) if value is not None else None,
            verdict=Verdict.COMPLETED if value is not None else None,
        ),
        **changes,
    )


def snapshot(*trials: Trial, **changes: Any) -> Snapshot:
    return replace(Snapshot(config(), trials, NOW, elapsed_seconds=75.0, workers=2), **changes)


def text_of(picture: RenderableType, *, width: int = 100, terminal: bool = False) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=terminal, legacy_windows=False)
    console.print(picture)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_picture_shows_limits_the_best_and_the_trials() -> None:
    text = text_of(render(snapshot(trial(0, 0.5), trial(1, 0.9), trial(2)), name="My job"))
    assert "My job  running · 1 min 15 s" in text
    assert "2 of 10  1 running, 0 waiting" in text
    assert "1 min 15 s of 5 min 00 s" in text
    assert "Best   0.9  trial 1  ▁█" in text
    assert "lr 0.123456789  mode [red]a[/]" in text
    assert [line.split()[0] for line in text.splitlines()[-5:-1]] == ["rank", "2", "1", "2"]


def test_the_time_goes_on_between_two_snapshots() -> None:
    text = text_of(render(snapshot(trial(2)), later_seconds=10))
    assert "1 min 25 s of 5 min 00 s" in text
    assert " 1:48 " in text


def test_a_run_without_trials_has_a_picture_too() -> None:
    assert "no trial has ended with a value yet" in text_of(render(snapshot()))


def test_what_a_task_says_is_neither_markup_nor_control_characters() -> None:
    evil = {"Args/lr": 0.1, "Args/mode": "b\x1b[2J\x07[blink]"}
    shown = snapshot(trial(0, 0.5, parameters=evil), reason="\x1b]0;owned\x07[link=x]y")
    for picture in (render(shown, name="[bold]\x1b[31mred"), render_outcome(shown, name="\x1b[31mred")):
        plain = text_of(picture)
        assert "[blink]" in plain
        assert "\x1b" not in plain
        assert "\x07" not in text_of(picture, terminal=True)
        assert "\x1b[2J" not in text_of(picture, terminal=True)


@pytest.mark.parametrize(
    ("width", "titles"),
    [
        (62, ["learnin…rate", "+3"]),
        (80, ["learnin…rate", "momentum", "+2"]),
        (120, ["learnin…rate", "momentum", "hidden_units", "activation"]),
    ],
)
def test_parameters_that_do_not_fit_are_left_out_whole_and_counted(width: int, titles: list[str]) -> None:
    names = ("learning_rate", "momentum", "hidden_units", "activation")
    space = [{"type": "uniform", "name": f"General/{name}", "min": 0.0, "max": 1.0} for name in names]
    values = {f"General/{name}": 0.000123456 * place for place, name in enumerate(names, start=1)}
    text = text_of(
        render(snapshot(trial(0, 0.5, parameters=values), config=config(parameters=space))), width=width
    )
    [head, row, *_] = [line for line in text.splitlines() if "rank" in line or "completed" in line]
    shown = head.split()[6:]
    assert [title for title in titles if title.startswith("+")] == [title for title in shown if title[0] == "+"]
    assert len(shown) == len(titles)
    assert row.split()[6] == "0.0001235"


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_two_columns_have_one_title(width: int) -> None:
    names = [f"model/layers/{place}/{leaf}" for place in (0, 3) for leaf in ("dropout", "hidden_units")]
    space = [{"type": "uniform", "name": f"General/{name}", "min": 0.0, "max": 1.0} for name in names]
    values = {f"General/{name}": 0.5 for name in names}
    shown = render(snapshot(trial(0, 0.5, parameters=values), config=config(parameters=space)))
    [head] = [line for line in text_of(shown, width=width).splitlines() if "rank" in line]
    titles = head.split()
    assert len(set(titles)) == len(titles)
    if width == 200:
        assert titles[6:] == ["model/layers/0/dropout", "…layers/0/hidden_units", *titles[8:]]


def test_a_diverged_trial_shows_no_value_though_its_task_has_a_zero() -> None:
    diverged = trial(1, 0.0, values=None, verdict=Verdict.INFEASIBLE)
    text = text_of(render(snapshot(trial(0, 0.5), diverged)))
    [row] = [line for line in text.splitlines() if "infeasible" in line]
    assert row.split()[2] == "–"


@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    trials = [trial(number, number / 40) for number in range(30)]
    text = text_of(render(snapshot(*trials), rows=8), width=width)
    assert max(map(len, text.splitlines())) <= width
    assert "and 22 more" in text


def test_why_a_trial_failed_is_told() -> None:
    facts = {"state": TrialState.FAILED, "verdict": Verdict.FAILED, "ended": NOW}
    first = trial(1, **facts, reason="the script ended with code 1")
    last = trial(2, **{**facts, "ended": NOW + timedelta(seconds=1)}, reason="CUDA error\x1b[2J: out of memory")
    text = text_of(render(snapshot(trial(0, 0.5), first, last)))
    assert "trial 2, failed: CUDA error[2J: out of memory" in text
    assert "and 1 more failed or ended without a value" in text
    assert "code 1" not in text


def test_what_is_shown_of_a_run_that_goes_on_has_its_progress_per_limit_and_the_course_of_the_best() -> None:
    run = snapshot(*(trial(n, 0.3 + n / 20) for n in range(4)), trial(4, state=TrialState.RUNNING))
    text = text_of(render_outcome(run))
    assert "4 of 10  1 running, 0 waiting" in text
    assert any(bar in text for bar in BARS[:3]) and "best so far" in text
    assert "4 of 10" not in text_of(render_outcome(replace(run, status="completed")))


def test_trials_that_failed_for_one_reason_are_one_line() -> None:
    facts = {"state": TrialState.FAILED, "verdict": Verdict.FAILED}
    text = "out of memory: {} MiB asked for"
    alike = [trial(n, **facts, ended=NOW + timedelta(seconds=n), reason=text.format(100 + n)) for n in range(1, 4)]
    other = trial(4, **facts, ended=NOW, reason="KeyError: 'lr'")
    run = snapshot(trial(0, 0.5), *alike, other)
    assert [line for line in text_of(Group(*failures(run, 5))).splitlines() if line] == [
        "trial 3 and 2 more, failed: out of memory: 103 MiB asked for",
        "trial 4, failed: KeyError: 'lr'",
    ]


def test_a_run_in_which_every_trial_failed_was_no_success() -> None:
    failed = trial(0, state=TrialState.FAILED, verdict=Verdict.FAILED, ended=NOW, reason="out of memory")
    assert "✗ Optimization  completed" in text_of(render_outcome(snapshot(failed, status="completed")))
    assert "✓ Optimization  completed" in text_of(render_outcome(snapshot(trial(1, 0.5), status="completed")))


def test_a_limit_that_was_lowered_takes_back_no_trial() -> None:
    lowered = snapshot(trial(0, 0.5), trial(1, 0.6), trial(2), config=config(limits={"total_tasks": 1}))
    assert "2 of 3  1 running" in text_of(render(lowered))


def test_every_limit_has_its_progress() -> None:
    limits = {"total_tasks": 10, "max_iterations": 20, "total_minutes": 5, "compute_minutes": 60}
    text = text_of(render(snapshot(trial(0, 0.5), trial(1), config=config(limits=limits))))
    assert "14 of 200" in text
    assert [line.split()[0] for line in text.splitlines() if line.split()[1:2] and "━" in line] == [
        "Trials",
        "Iterations",
        "Time",
        "Compute",
    ]


def test_a_long_list_keeps_active_trials_and_the_best_ones() -> None:
    trials = [trial(number, 0.5) for number in range(20)] + [trial(20 + number) for number in range(9)]
    lines = text_of(render(snapshot(*trials), rows=6)).splitlines()
    numbers = [
        int(line[:12].split()[-1]) for line in lines if line[:12].split() and line[:12].split()[-1].isdigit()
    ]
    assert numbers == [20, 21, 22, 0, 1, 2]


def test_two_objectives_have_a_column_each() -> None:
    goals = [{"title": "val", "series": "accuracy"}, {"title": "model", "series": "size", "trend": "min"}]
    two = replace(trial(0), state=TrialState.COMPLETED, values=(0.5, 12.0), ended=NOW, verdict=Verdict.COMPLETED)
    text = text_of(render(Snapshot(config(objectives=goals), [two], NOW, 1.0)))
    assert "val/accuracy ↑, model/size ↓" in text
    assert "0.5, 12" in text


def test_with_several_objectives_it_is_told_which_one_makes_a_trial_the_best() -> None:
    goals = [{"title": "val", "series": "accuracy"}, {"title": "model", "series": "size", "trend": "min"}]
    best = replace(trial(0), state=TrialState.COMPLETED, values=(0.5, 12.0), ended=NOW, verdict=Verdict.COMPLETED)
    several, one = Snapshot(config(objectives=goals), [best], NOW, 1.0), snapshot(trial(0, 0.5))
    told = "best in val/accuracy of those that no trial beats in all objectives"
    for picture in (render(several), render_outcome(several), render_best(best, several)):
        assert told in text_of(picture)
    for picture in (render(one), render_outcome(one), render_best(one.trials[0], one)):
        assert "beats" not in text_of(picture)


def test_a_sparkline_has_a_bar_a_value_and_no_more_than_its_width() -> None:
    assert spark([]) == spark([1.0]) == ""
    assert spark([1.0, 1.0]) == BARS[0] * 2
    assert spark([0.0, 0.5, 1.0]) == "▁▅█"
    assert len(spark([float(value) for value in range(500)], width=24)) == 24
    assert spark([float(value) for value in range(500)])[-1] == "█"


def test_the_best_so_far_follows_the_order_of_the_ends() -> None:
    first, second = trial(1, 0.9), trial(0, 0.5, ended=NOW)
    assert best_so_far(snapshot(first, second)) == [0.9, 0.9]


def test_a_stop_watch_shows_minutes_and_hours() -> None:
    assert [clock(seconds) for seconds in (0, 59.9, 60, 3600, 7384)] == [
        "0:00",
        "0:59",
        "1:00",
        "1:00:00",
        "2:03:04",
    ]


def test_the_outcome_tells_the_best_the_cost_and_where_to_look() -> None:
    ended = snapshot(trial(0, 0.5), status="completed", reason="The only trial has run.", calls={"tasks.clone": 5})
    ended = replace(
        ended, choices=("method: Random, since it is configured", "early stopping: none, since it is off")
    )
    text = text_of(render_outcome(ended, name="My job", address="http://web/projects/1"))
    assert "Search    method: Random, since it is configured" in text
    for part in (
        "✓ My job  completed",
        "The only trial has run.",
        "0.8 compute minutes",
        "5 API calls (5.0 a trial, ",
    ):
        assert part in text
    assert "Look at   http://web/projects/1" in text


def test_what_a_run_has_cost_so_far_is_told_as_such() -> None:
    text = text_of(render_outcome(snapshot(trial(0, 0.5), trial(1))))
    assert "2.5 compute minutes, 1 min 15 s so far" in text  # the running one counts up to now
    assert "1 min 15 s at work" in text_of(render_outcome(snapshot(trial(0, 0.5), status="stopped")))


def test_what_is_left_of_a_run_that_lost_its_task_is_told() -> None:
    assert what_is_left(snapshot(trial(0, 0.5))) == "Its trials were stopped."
    assert what_is_left(snapshot(trial(0, 0.5), trial(1))) == "Left running or waiting: 1 trial."


def test_without_a_terminal_the_display_prints_a_line_when_a_trial_has_ended() -> None:
    console = Console(file=io.StringIO(), width=200)
    with Display("My job", console) as display:
        display.show(snapshot(trial(0)))
        display.show(snapshot(trial(0)))
        display.show(snapshot(trial(0, 0.5)))
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().splitlines() == [
        "0 of 10 trials ended; 1 running, 0 waiting",
        "1 of 10 trials ended, best val/accuracy ↑ 0.5 (trial 0); 0 running, 0 waiting",
    ]


def test_a_single_trial_is_told_as_one() -> None:
    console = Console(file=io.StringIO(), width=200)
    with Display("My job", console) as display:
        display.show(snapshot(trial(0, 0.5), config=config(limits={})))
        display.show(snapshot(trial(0, 0.5), config=config(limits={"total_tasks": 1})))
    assert isinstance(console.file, io.StringIO)
    begin = [line.partition(",")[0] for line in console.file.getvalue().splitlines()]
    assert begin == ["1 trial ended", "1 of 1 trial ended"]


def test_in_a_terminal_the_display_shows_the_picture() -> None:
    console = Console(file=io.StringIO(), width=100, height=40, force_terminal=True, legacy_windows=False)
    with Display("My job", console, live=True) as display:
        display.show(snapshot(trial(0, 0.5)), note="the server is away")
    assert isinstance(console.file, io.StringIO)
    assert "the server is away" in console.file.getvalue()
    assert "My job" in console.file.getvalue()


def test_a_trial_that_diverges_is_shown() -> None:
    lost = trial(1, metrics=(MetricValue(float("nan"), float("-inf"), float("inf")),))
    assert " nan " in text_of(render(snapshot(trial(0, 0.5), lost)))
