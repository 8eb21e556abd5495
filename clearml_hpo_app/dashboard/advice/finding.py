"""One piece of advice."""

from typing import NamedTuple

from clearml_hpo_app.trials.trial import Trial

NAME, TEXT = 40, 90
"""Characters of a name and of a text of others in a sentence."""


class Advice(NamedTuple):
    """One finding, nothing escaped.

    Attributes:
        finding: What the numbers say.
        todo: What to do about it; empty when nothing is needed.
        trial: The trial that shows it, `None` when it is about all of them.
    """

    finding: str
    todo: str
    trial: Trial | None = None
