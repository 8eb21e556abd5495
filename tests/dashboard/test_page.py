"""The run's page among ClearML's reports: Markdown, in which nothing of a task is markup."""

import re

from dashboard_runs import config, shares_of, snapshot, trial, typical_run
from test_figures import EVIL

from clearml_hpo_app.clearml_api.report_pages import trials_table
from clearml_hpo_app.dashboard.advice import Advice, advise
from clearml_hpo_app.dashboard.names import PLOTS
from clearml_hpo_app.dashboard.page import Links, markdown, page_text
from clearml_hpo_app.objective import Objective

LINKS = Links("https://h/instance", "https://h/trials", lambda trial: f"https://h/{trial.task_id}")


def test_the_page_has_the_advice_the_best_trial_every_panel_and_the_configuration():
    run = typical_run(60)
    text = page_text(run, advise(run, shares_of(run, 0.6, 0.4)), "abc", LINKS)
    panels = [name.title for name in PLOTS if name.title not in {"Advice", "Pareto Front"}]
    panels += ["Optimization Metric", "Budget", "Resources"]
    assert sorted(re.findall(r"(?m)^## (.*)$", text)) == sorted(
        [*panels, "Configuration", f"Best trial: [#{run.best.number}](https://h/{run.best.task_id})"]
    )
    assert text.count("<iframe ") == text.count("</iframe>") == len(panels)
    assert "[its trials as a table](https://h/trials)" in text
    assert "| Args/lr | 1e-5 … 0.1, logarithmic |" in text
    assert "56 trials have ended" in text


def test_widgets_name_their_panel_percent_encoded():
    text = page_text(typical_run(3), (), "abc", LINKS)
    assert "metrics=Parallel%20Coordinates&variants=parameters%20and%20objective" in text


def test_nothing_of_a_task_is_markup():
    evil = Advice(EVIL, "[click](javascript:alert(1)) | `x` *y* <iframe>", trial(0, 0.5))
    run = snapshot([trial(0, 0.5, parameters={"Args/optimizer": EVIL})], settings=config(title="a|b"))
    text = page_text(run, (evil,), "abc", LINKS)
    frames = text.count("<iframe ")
    bare = re.sub(r'<iframe src="[^"<>]*" width="100%" height="\d+"></iframe>', "", text)
    assert "<" not in bare and frames == text.count("</iframe>")
    assert "[click]" not in bare and r"\[click\](javascript" in bare
    assert markdown("a|b_c") == r"a\|b\_c"
    assert all(line.replace(r"\|", "").count("|") == 3 for line in bare.splitlines() if line.startswith("|"))


def test_the_table_of_trials_has_a_column_for_each_parameter_and_the_best_first():
    loss = Objective(title="val", series="lo ss", trend="min", value="best")
    address = trials_table("https://h", "p", "i", [loss], ["Args/lr", "General/a/b"])
    assert address.startswith(
        "https://h/projects/p/tasks?columns=type&columns=name&columns=status&columns=hyperparams.properties.verdict&"
    )
    assert "columns=hyperparams.Args.lr&columns=hyperparams.General.a%2Fb&" in address
    assert re.search(r"columns=m\.[0-9a-f]{32}\.[0-9a-f]{32}\.min_value\.val\.lo%20ss&", address)
    assert re.search(r"&order=last_metrics\.[0-9a-f]{32}\.[0-9a-f]{32}\.min_value&filter=parent.name:i$", address)
    accuracy = Objective(title="val", series="accuracy")
    assert "&order=-last_metrics." in trials_table("https://h", "", "i", [accuracy], [])
    assert trials_table("", "p", "i", [loss], []) == ""
