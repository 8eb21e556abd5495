"""Trials are judged by what they were worth at the rung, once, and the record is all that counts."""

from dataclasses import replace

import pytest
from ladder_plays import RUN, Play, climber, curve_of, ladder, taken

from clearml_hpo_app.early_stopping import Judgement, make_rule
from clearml_hpo_app.early_stopping.record import read_pieces, write_pieces
from clearml_hpo_app.early_stopping.rules import Kind
from clearml_hpo_app.objective import Objective
from clearml_hpo_app.trials.trial import TrialState


def flat(value: float, until: int) -> list[tuple[int, float]]:
    return [(at, value) for at in range(1, until + 1)]


def test_what_counts_is_the_value_at_the_rung_and_not_the_last_one():
    board = ladder("asha", 27, 9)
    taken(board, 0, flat(0.5, 9))
    late_bloomer = [(at, 0.9 if at <= 9 else 0.1) for at in range(1, 15)]
    taken(board, 1, late_bloomer)
    assert board.judgement(1) == Judgement(rung=9, value=0.9, bar=0.5, of=2)


def test_the_reason_names_rung_value_and_bar():
    board = ladder("asha", 27, 9)
    taken(board, 0, flat(0.5, 9))
    taken(board, 1, flat(0.75, 9))
    missed = board.judgement(1)
    assert missed is not None
    assert board.explain(missed) == (
        "stopped at iteration 9: its val/loss there was 0.75, and the best third of 2 trials had 0.5 or less"
    )


def test_a_maximised_objective_is_judged_the_other_way_round():
    board = ladder("asha", 27, 9, Objective(title="val", series="accuracy", trend="max"))
    taken(board, 0, flat(0.5, 9))
    taken(board, 1, flat(0.75, 9))
    taken(board, 2, flat(0.25, 9))
    assert board.judgement(1) is None
    missed = board.judgement(2)
    assert missed is not None and "had 0.75 or more" in board.explain(missed)


def test_where_the_best_value_counts_the_best_one_up_to_the_rung_is_judged():
    board = ladder("asha", 27, 9, Objective(title="val", series="loss", trend="min", value="best"))
    taken(board, 0, [*flat(0.2, 5), (9, 0.8), (10, 0.1)])
    climb = board.climbs[0]
    assert climb.values == {9: 0.2}


def test_a_rung_without_a_report_of_its_own_takes_the_last_one_before_it():
    board = ladder("asha", 27, 9)
    climb = taken(board, 0, [(4, 0.4), (8, 0.3), (12, 0.2)])
    assert climb is not None and climb.values == {9: 0.3}


def test_a_trial_that_stands_at_the_rung_is_not_judged_before_it_reports_there():
    board = ladder("asha", 27, 9)
    assert board.passed(climber(0, 9)) == [9]
    assert board.take([(climber(0, 9), flat(0.5, 8))]) == set()
    assert board.take([(climber(0, 9), flat(0.5, 9))]) == {0}


def test_a_rung_that_was_passed_without_any_value_judges_nobody():
    board = ladder("asha", 27, 9)
    taken(board, 0, flat(0.1, 9))
    board.take([(climber(1, 12), [(11, 5.0)])])
    assert board.climbs[1].values == {9: None}
    assert board.judgement(1) is None
    taken(board, 2, flat(0.2, 9))
    assert board.judgement(2) == Judgement(9, 0.2, 0.1, of=2)


def test_a_judgement_is_made_once_and_better_trials_later_do_not_change_it():
    board = ladder("asha", 27, 9)
    taken(board, 0, flat(0.5, 9))
    for number in range(1, 7):
        taken(board, number, flat(0.1, 9))
    assert board.take([(climber(0, 9), flat(0.5, 9))]) == set()
    assert board.judgement(0) is None


def test_trials_that_pass_a_rung_in_one_turn_all_count_before_the_first_is_judged_there():
    board = ladder("asha", 27, 9)
    readings = [(climber(number, 9), flat(value, 9)) for number, value in enumerate((0.9, 0.5, 0.1))]
    board.take(readings)
    assert [number for number in range(3) if board.judgement(number)] == [0, 1]


def test_how_far_a_trial_got_before_it_was_stopped_does_not_count():
    board = ladder("asha", 81, 3)
    taken(board, 0, flat(0.1, 30))
    climb = taken(board, 1, [*flat(0.9, 8), (9, 0.0)])
    assert climb is not None and climb.values == {3: 0.9}
    assert board.passed(climber(1, 30)) == []


def test_trials_that_ended_count_at_the_rungs_and_are_not_stopped():
    board = ladder("asha", 27, 9)
    board.take([(climber(0, 27, TrialState.COMPLETED), flat(0.1, 27))])
    board.take([(climber(1, 27, TrialState.COMPLETED), flat(0.9, 27))])
    assert board.judgement(1) is None
    taken(board, 2, flat(0.5, 9))
    assert board.judgement(2) == Judgement(9, 0.5, 0.1, of=3)


def test_a_new_attempt_takes_the_place_of_the_earlier_one():
    board = ladder("asha", 27, 9)
    taken(board, 0, flat(0.1, 9))
    taken(board, 0, flat(0.6, 9), attempt=2)
    taken(board, 1, flat(0.5, 9))
    assert board.judgement(1) is None
    assert board.climbs[0].attempt == 2


def test_a_trial_that_a_person_starts_again_is_not_judged_any_more():
    board = ladder("asha", 81, 9)
    taken(board, 0, flat(0.1, 30))
    taken(board, 1, flat(0.9, 9))
    assert board.judgement(1) is not None
    assert board.spare(climber(1, 9))
    taken(board, 1, flat(0.9, 30))
    assert board.judgement(1) is None
    assert not board.spare(climber(1, 30))


@pytest.mark.parametrize("state", [TrialState.CREATED, TrialState.QUEUED])
def test_a_trial_that_does_not_run_passes_no_rung(state: TrialState):
    assert ladder("asha", 27, 9).passed(climber(0, 20, state)) == []


def test_a_trial_without_an_iteration_passes_no_rung():
    assert ladder("asha", 27, 9).passed(climber(0, None)) == []


@pytest.mark.parametrize("kind", ["asha", "median", "hyperband"])
def test_a_ladder_made_anew_before_each_decision_stops_the_same_trials_for_the_same_reasons(kind: Kind):
    rule = make_rule(kind, 81, None, 5)
    assert rule is not None
    unbroken, reborn = (Play(rule, 81, reborn=reborn).run(60, 4) for reborn in (False, True))
    assert len(unbroken.stopped) > 10
    assert reborn.stopped == unbroken.stopped


def test_a_record_of_thousands_of_trials_is_written_in_pieces_and_only_those_that_changed():
    board = ladder("asha", 27, 9)
    board.take([(climber(number, 10), curve_of(number, 10)) for number in range(1200)])
    assert set(write_pieces(board.climbs, {3, 1199}, RUN)) == {"Rungs 0-499", "Rungs 1000-1499"}


def test_everything_recorded_of_a_trial_comes_back():
    board = ladder("asha", 81, 3)
    for number in range(40):
        taken(board, number, curve_of(number, 30))
    board.spare(replace(climber(7, 30)))
    texts = write_pieces(board.climbs, board.climbs, RUN)
    assert dict(read_pieces(texts, RUN)) == board.climbs


def test_what_another_run_or_a_hand_wrote_is_left_out():
    board = ladder("asha", 27, 9)
    taken(board, 0, flat(0.1, 9))
    texts = write_pieces(board.climbs, {0}, RUN)
    assert list(read_pieces(texts, "another run")) == []
    odd = [
        "",
        "{",
        "[]",
        "null",
        '{"run": "run"}',
        '{"run": "run", "trials": {"a": {}}}',
        '{"run":"run","trials":7}',
    ]
    for text in odd:
        assert list(read_pieces({"Rungs 0-499": text, "Notes": "x"}, RUN)) == []


def test_by_the_median_rule_a_trial_is_judged_by_its_best_value_so_far():
    board = ladder("median", 10, minimum=2)
    for number in range(5):
        taken(board, number, [(1, 2.0), (2, 2.0)])
    taken(board, 5, [(1, 1.5), (2, 9.0)])
    taken(board, 6, [(1, 3.0), (2, 9.0)])
    assert board.judgement(5) is None
    missed = board.judgement(6)
    assert missed == Judgement(rung=2, value=3.0, bar=2.0, of=7)
    assert board.climbs[6].values == {2: 9.0}
    assert board.explain(missed) == (
        "stopped at iteration 2: its best val/loss so far was 3, and the median of 7 trials had 2 or less"
    )
