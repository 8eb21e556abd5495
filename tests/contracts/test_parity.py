"""The embedded server answers as the real one that was recorded, and a changed answer would be noticed."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from parity import accepted, cuts, recordings, selftest
from parity.__main__ import main
from parity.bindings import Bindings
from parity.comparison import Comparison
from parity.outcome import Judge, Report

ENDPOINTS = recordings.DEFAULT / "ENDPOINTS.txt"
CALLED = Path(__file__).parents[1] / "local" / "server" / "called_operations.txt"
needs_recordings = pytest.mark.skipif(
    not ENDPOINTS.exists(), reason=f"the recordings of a real server are not in {recordings.DEFAULT}"
)

one_replay = pytest.mark.xdist_group("parity")  # the tests of one process share it


@pytest.fixture(scope="module")
def result() -> selftest.Result:
    """One replay of all recordings, with 200 of its answers changed on the side."""
    return selftest.run(Judge(accepted.read()), recordings.read(recordings.DEFAULT), seed=20261124)


@pytest.fixture(scope="module")
def report(result: selftest.Result) -> Report:
    report = Report()
    for judged in result.replayed:
        report.count(judged)
    return report


@one_replay
@needs_recordings
def test_no_answer_differs_from_the_recorded_one(result: selftest.Result, report: Report) -> None:
    assert [str(judged.exchange) for judged in result.replayed if judged.differences] == []
    assert report.compared >= 1500
    assert report.accepted < 0.05 * report.compared


@one_replay
@needs_recordings
def test_nothing_is_skipped_that_clients_or_the_application_call(report: Report) -> None:
    called = {word for line in ENDPOINTS.read_text().splitlines() for word in line.split()[1:2] if "." in word}
    called |= set(CALLED.read_text().split())
    assert called & set(report.skipped) == set()


@one_replay
@needs_recordings
def test_every_accepted_difference_covers_as_many_answers_as_its_entry_says(result: selftest.Result) -> None:
    patterns = accepted.read()
    counts = Counter(
        pattern
        for judged in result.replayed
        for pattern in {patterns.covering(judged.exchange, d) for d in judged.found}
    )
    assert {pattern: counts[pattern] for pattern in patterns.patterns} == {
        pattern: pattern.exchanges for pattern in patterns.patterns
    }
    assert all(pattern.exchanges > 0 and pattern.reason for pattern in patterns.patterns)


@one_replay
@needs_recordings
def test_a_changed_answer_is_noticed(result: selftest.Result) -> None:
    assert result.changed == selftest.CHANGES
    assert result.reported >= selftest.NEEDED * result.changed, result.missed


def test_any_file_is_taken_and_what_differs_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = _recorded("tasks.create", {"name": "a task", "type": "training"}, {"id": "a" * 32})
    asked = {"id": ["a" * 32], "only_fields": ["id", "name"]}
    read = _recorded("tasks.get_all", asked, {"tasks": [{"id": "a" * 32, "name": "another"}]}, number=2)
    _write(tmp_path / "of any name.jsonl", [made, read])
    assert main(["--recordings", str(tmp_path)]) == 1
    *said, counts = capsys.readouterr().out.splitlines()
    assert said[1].strip() == 'data.tasks[0].name is "a task", was "another"'
    assert json.loads(counts) == {"compared": 2, "equal": 1, "accepted": 0, "different": 1, "skipped": {}}


def test_what_depends_on_an_operation_that_is_not_served_is_skipped_under_its_name(tmp_path: Path) -> None:
    made = _recorded("tasks.create", {"name": "a task", "type": "training"}, {"id": "a" * 32})
    changed = _recorded("tasks.update_quality", {"task": "a" * 32}, {"updated": 1}, number=2)
    read = _recorded("tasks.get_all", {"id": ["a" * 32]}, {"tasks": [{"id": "a" * 32}]}, number=3)
    _write(tmp_path / "one.jsonl", [made, changed, read])
    report = Report()
    for judged in Judge(accepted.read()).judge(recordings.read(tmp_path)):
        report.count(judged)
    assert (report.equal, report.skipped) == (1, {"tasks.update_quality": 2})


def test_without_recordings_the_way_out_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--recordings", str(tmp_path)]) == 2
    assert "must hold recordings" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("recorded", "ours"),
    [
        ({"n": 1}, {"n": 2}),
        ({"n": 1}, {"n": 1.0}),
        ({"n": 1}, {"n": True}),
        ({"n": 1}, {}),
        ({}, {"n": 1}),
        ({"n": None}, {"n": ""}),
        ({"n": [1, 2]}, {"n": [2, 1]}),
        ({"n": [1]}, {"n": [1, 1]}),
        ({"a": "0" * 32, "b": "0" * 32}, {"a": "1" * 32, "b": "2" * 32}),
        ({"a": "0" * 32, "b": "3" * 32}, {"a": "1" * 32, "b": "1" * 32}),
        ({"t": "2026-11-24T06:51:11.472000+00:00"}, {"t": "2026-11-24T06:51:19.472000+00:00"}),
        ({"t": "2026-11-24T06:51:11.472000+00:00"}, {"t": "2026-11-24T06:51:11.472Z"}),
        ({"t": 1795503074000}, {"t": 1795503079000}),
        ({"m": "Queue " + "0" * 32 + " was deleted"}, {"m": "Queue " + "1" * 32 + " was emptied"}),
    ],
)
def test_a_difference_is_found(recorded: object, ours: object) -> None:
    assert list(Comparison(Bindings()).differences(recorded, ours))


def test_ids_and_times_are_bound_at_first_sight() -> None:
    recorded = {"id": "0" * 32, "text": "of " + "0" * 32, "t": "2026-11-24T06:51:11.472000+00:00"}
    ours = {"id": "1" * 32, "text": "of " + "1" * 32, "t": "2026-11-24T06:51:12.001000+00:00"}
    comparison = Comparison(Bindings())
    assert list(comparison.differences(recorded, ours)) == []
    later = {**ours, "t": "2026-11-24T06:51:12.002000+00:00"}
    assert [difference.place for difference in comparison.differences(recorded, later)] == ["t"]


def test_a_cut_list_goes_on_as_its_ends_show() -> None:
    rows = [{"iter": n, "value": n % 50, "task": "a"} for n in range(500)]
    cut = [*rows[:25], "<... 473 more items cut ...>", *rows[-2:]]
    assert cuts.whole(cut) == rows
    assert list(Comparison(Bindings()).differences(cut, rows)) == []
    assert list(Comparison(Bindings()).differences(cut, rows[:-1]))


def test_a_cut_text_is_compared_where_it_was_kept_and_in_length() -> None:
    cut = "begin <... 10 characters cut ...> end"
    comparison = Comparison(Bindings())
    assert list(comparison.differences(cut, "begin " + "x" * 10 + " end")) == []
    assert list(comparison.differences(cut, "begin " + "x" * 11 + " end"))
    assert list(comparison.differences(cut, "begin " + "x" * 10 + " END"))


def _recorded(operation: str, body: object, data: object, number: int = 1) -> dict[str, object]:
    endpoint = {"name": operation, "requested_version": "2.31", "actual_version": "1.0"}
    codes = {"result_code": 200, "result_subcode": 0, "result_msg": "OK", "error_stack": None, "error_data": {}}
    meta = {"id": f"{number:032x}", "trx": f"{number:032x}", "endpoint": endpoint, **codes}
    return {
        "seq": number,
        "t": f"06:51:{number:02d}.000",
        "to": "api",
        "method": "POST",
        "path": f"/v2.31/{operation}",
        "request_headers": {"authorization": "Bearer <...>", "content-type": "application/json"},
        "request_json": body,
        "status": 200,
        "response_json": {"meta": meta, "data": data},
    }


def _write(file: Path, lines: Sequence[object]) -> None:
    file.write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
