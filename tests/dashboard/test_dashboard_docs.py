"""The page on the dashboard: it tells of every panel, and its pictures are there in both themes."""

import re
from pathlib import Path

from clearml_hpo_app.dashboard import names
from clearml_hpo_app.dashboard.advice import on_space, on_trials
from clearml_hpo_app.dashboard.figures import decisions, learning, parallel, summary, thinning, timeline
from clearml_hpo_app.wording import grouped

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "dashboard.md").read_text("utf-8")


def test_every_panel_is_told_of():
    titles = {name.title for name in names.PLOTS} | set(names.SCALARS)
    assert {title for title in titles if not re.search(rf"(?m)^### .*{title}|\*{title}\*", PAGE)} == set()


def test_every_picture_is_there_in_both_themes():
    named = re.findall(r'(?:src|srcset)="(images/[^"]+)"', PAGE)
    assert named
    assert [path for path in named if not (DOCS / path).is_file()] == []
    light = {path for path in named if not path.endswith("-dark.png")}
    assert {path.replace(".png", "-dark.png") for path in light} | light == set(named)


def test_the_bounds_are_those_of_the_code():
    for sentence in (
        f"{grouped(thinning.MAX_POINTS)} at most: every improvement, the best {thinning.NOTABLE}",
        f"the best {parallel.MOST_LINES} lines, {parallel.MOST_PARAMETERS} parameters",
        f"the last {timeline.MOST_BARS} trials that started, {timeline.MOST_ROWS} rows of workers",
        f"best {summary.MOST_ROWS} are shown",
        f"last {decisions.MOST_ROWS}.",
        f"{on_trials.LONG_WITHOUT} or more",
        f"from {on_space.FEWEST_FOR_INFLUENCE} results on",
    ):
        assert sentence in " ".join(PAGE.split()), sentence
    assert learning.MOST_BEST == 8 and "best eight trials" in PAGE
