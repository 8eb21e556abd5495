import csv
import io
import json

import pytest
from dashboard_runs import LOSS, START, config, failed, snapshot, trial, typical_run, waiting

from clearml_hpo_app.dashboard import best_json, trials_csv

TIME = {"title": "validation", "series": "seconds", "trend": "min"}


def table(run):
    return list(csv.DictReader(io.StringIO(trials_csv(run))))


def test_the_csv_has_a_row_per_trial_in_full_precision():
    one = trial(0, 1 / 3, parameters={"Args/lr": 1e-05, "Args/optimizer": 'a "b", c'}, worker="w:0", archived=True)
    run = snapshot([one, failed(1, attempt=2), waiting(2)])
    rows = table(run)
    assert [row["number"] for row in rows] == ["0", "1", "2"]
    assert rows[0] == {
        "number": "0",
        "attempt": "1",
        "task id": "task0000",
        "name": "trial 0",
        "status": "completed",
        "verdict": "completed",
        "reason": "",
        "iterations": "10",
        "started": START.isoformat(),
        "ended": "2026-11-02T08:00:50+00:00",
        "run seconds": "50.0",
        "worker": "w:0",
        "archived": "true",
        "validation/loss": "0.3333333333333333",
        "Args/lr": "1e-05",
        "Args/weight_decay": "",
        "Args/dropout": "",
        "Args/layers": "",
        "Args/optimizer": 'a "b", c',
        "Args/batch_size": "",
    }
    assert (rows[1]["attempt"], rows[1]["verdict"], rows[1]["validation/loss"]) == ("2", "failed", "")
    assert (rows[2]["started"], rows[2]["iterations"], rows[2]["run seconds"]) == ("", "", "0.0")


@pytest.mark.parametrize("text", ['=HYPERLINK("http://evil")', "+1+cmd|' /C calc'!A0", "-x", "@SUM(A1)", "\t=1+1"])
def test_no_text_in_the_csv_is_a_formula(text):
    one = failed(0, name=text, reason=text, worker=text, parameters={"Args/optimizer": text})
    row = table(snapshot([one]))[0]
    assert [row[name] for name in ("name", "reason", "worker", "Args/optimizer")] == [f"'{text}"] * 4


def test_no_title_in_the_csv_is_a_formula():
    settings = config(objectives=[{"title": "=1+1", "series": "loss"}])
    assert "'=1+1/loss" in table(snapshot([trial(0, 0.5)], settings=settings))[0]


def test_negative_numbers_in_the_csv_stay_numbers():
    one = trial(0, -0.5, parameters={"Args/lr": -1e-05, "Args/layers": -3, "Args/optimizer": "+1.5"})
    row = table(snapshot([one]))[0]
    names = ("validation/loss", "Args/lr", "Args/layers", "Args/optimizer")
    assert [row[name] for name in names] == ["-0.5", "-1e-05", "-3", "+1.5"]


def test_a_text_of_several_lines_stays_one_cell():
    rows = table(snapshot([failed(0, reason="10 %\r90 %\r\nout of memory"), trial(1, 0.5)]))
    assert [row["reason"] for row in rows] == ["10 %\n90 %\nout of memory", ""]


def test_a_text_with_a_null_character_is_written_without_it():
    assert table(snapshot([failed(0, reason="killed\0 by 9")]))[0]["reason"] == "killed by 9"


def test_the_csv_of_no_trials_is_its_header():
    assert trials_csv(snapshot([])).count("\n") == 1


def test_best_is_none_while_there_is_no_value():
    assert best_json(snapshot([failed(0), waiting(1)]))["trial"] is None


def test_best_names_the_trial_with_its_values_and_parameters():
    best = best_json(snapshot([trial(0, 0.5), trial(1, 0.25), trial(2, float("nan"))]))
    assert (best["trial"]["number"], best["trial"]["task_id"]) == (1, "task0001")
    assert best["trial"]["values"] == {"validation/loss": 0.25}
    assert best["trial"]["parameters"] == {"Args/lr": 0.01}
    assert "pareto_front" not in best


def test_several_objectives_have_a_pareto_front():
    both = config(objectives=[LOSS, TIME])
    run = snapshot([trial(0, (0.5, 1.0)), trial(1, (0.2, 9.0)), trial(2, (0.6, 2.0))], settings=both)
    best = best_json(run)
    assert [entry["number"] for entry in best["pareto_front"]] == [0, 1]
    assert best["trial"]["number"] == 1


def test_best_is_plain_json():
    run = typical_run(30)
    assert json.loads(json.dumps(best_json(run), allow_nan=False)) == best_json(run)
