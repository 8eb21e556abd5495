"""The launch form as values: what an `app.conf` asks for, what is shown, what a person filled in, what is wrong.

Pure: no server, no browser. `entries` reads the form, `showing` tells what of it is shown, `values` goes between
what is filled in and what a task holds, `settings` between that and `HpoConfig`, `places` puts violations beside
fields, `wire` writes it all for the browser.
"""

from clearml_hpo_app.web.form.entries import Entry, Form, read_form
from clearml_hpo_app.web.form.settings import to_config, to_values
from clearml_hpo_app.web.form.values import Answers, Values, answers, defaults, filled

__all__ = [
    "Answers",
    "Entry",
    "Form",
    "Values",
    "answers",
    "defaults",
    "filled",
    "read_form",
    "to_config",
    "to_values",
]
