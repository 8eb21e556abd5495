"""Telling trials from people's copies of them, which carry the same parent, tags and properties."""

from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from clearml_hpo_app.clearml_api.originals import originals, tell_apart, trial_headline, trial_name
from clearml_hpo_app.clearml_api.rows import ATTEMPT, NUMBER, PARAMETERS, RUN, TaskRow, read_row

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
STATUSES = st.sampled_from(["created", "queued", "in_progress", "stopped", "failed", "completed"])


def task(
    number: int, seconds: float, name: str, headline: str, status: str = "completed", attempt: int = 1
) -> TaskRow:
    texts = {RUN: "run", NUMBER: str(number), ATTEMPT: str(attempt), PARAMETERS: "{}"}
    raw = {
        "id": f"{number}-{attempt}-{seconds}-{name}",
        "name": name,
        "parent": "controller",
        "comment": f"{headline}\nArgs/rate = 1",
        "status": status,
        "created": (START + timedelta(seconds=seconds)).isoformat(),
        "hyperparams": {"properties": {key: {"value": text} for key, text in texts.items()}},
    }
    return read_row(raw, ())


def made(number: int, status: str = "completed", attempt: int = 1, base: str = "base") -> TaskRow:
    headline = trial_headline(number, "controller")
    seconds = number + 1000 * (attempt - 1)
    return task(number, seconds, trial_name(base, number, attempt), headline, status, attempt)


def copy(of: TaskRow, seconds: float, name: str, headline: str = "", status: str = "completed") -> TaskRow:
    return task(int(of.properties[NUMBER]), seconds, name, headline, status)


def oldest_first(rows: list[TaskRow]) -> list[TaskRow]:
    return sorted(rows, key=lambda row: row.created or START)


@given(
    statuses=st.lists(STATUSES, min_size=1, max_size=6),
    copied=st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["My try", "Clone Of base", ""]), STATUSES)),
)
def test_of_a_trial_and_its_copies_the_trial_counts_whatever_became_of_each(
    statuses: list[str], copied: list[tuple[int, str, str]]
) -> None:
    trials = [made(number, status) for number, status in enumerate(statuses)]
    copies = [
        copy(trials[number], 100 + place, f"{begin or 'base'}: trial {number}", status=status)
        for place, (number, begin, status) in enumerate(copied)
        if number < len(trials)
    ]
    assert originals(oldest_first([*trials, *copies])) == trials


def test_every_attempt_and_every_run_is_there() -> None:
    rows = [made(0, "failed"), made(1), made(0, attempt=2)]
    assert {row.id for row in originals(rows)} == {row.id for row in rows}


def test_a_renamed_base_task_makes_no_trial_a_copy() -> None:
    rows = [made(number, base="base" if number < 3 else "renamed", status="created") for number in range(4)]
    assert originals(rows) == rows


def test_a_renamed_and_described_trial_is_a_trial_while_none_of_a_higher_number_is_older() -> None:
    renamed = task(1, 1, "the best", "by hand")
    assert originals([made(0), renamed, made(2)]) == [made(0), renamed, made(2)]


def test_a_copy_whose_trial_is_gone_is_told_by_its_time_or_by_never_having_run() -> None:
    late = copy(made(0), 50, "My try")
    draft = copy(made(2), 60, "My other try", status="created")
    assert originals([made(1), late, draft]) == [made(1)]
    first, _ = tell_apart([made(1), late])
    assert (first.number, first.original) == (0, None)


def test_a_draft_with_our_texts_whose_trial_is_gone_is_told_by_its_time() -> None:
    """`Task.clone` of ClearML's SDK keeps the name and the description."""
    copied = copy(made(0), 50, "base: trial 0", trial_headline(0, "controller"), status="created")
    assert originals([made(1), copied]) == [made(1)]


def test_what_the_caller_knows_to_be_a_trial_is_one() -> None:
    late = copy(made(0), 50, "My try", status="created")
    [first, _] = tell_apart([made(1), late], {late.id})
    assert first.original == late


def test_only_texts_that_are_ours_make_a_repeat() -> None:
    headline = trial_headline(0, "controller")
    repeat, persons = copy(made(0), 5, "base: trial 0", headline), copy(made(0), 6, "base: trial 0")
    [claim] = tell_apart([made(0), repeat, persons])
    assert claim.original == made(0)
    assert claim.repeats == {made(0).id, repeat.id}


def test_children_that_are_no_trials_are_left_out() -> None:
    other = read_row({"id": "other", "name": "base: trial 0", "parent": "controller"}, ())
    assert originals([other, made(0)]) == [made(0)]
