"""What a trial's script really got: a person may edit a waiting trial, a script may write over its parameters."""

import math
from collections.abc import Mapping
from dataclasses import replace

from clearml_hpo_app.space.search_space import SearchSpace
from clearml_hpo_app.space.values import Value, from_text, is_number, show, to_text
from clearml_hpo_app.trials.trial import Trial

_SAME = 1e-6
"""Relative difference below which a number is the same: a script may write it back in single precision."""


def corrected(trial: Trial, texts: Mapping[str, str], space: SearchSpace) -> Trial:
    """Return the trial with the parameters that its script used, told in its reason.

    Args:
        trial: With the parameters that it was given.
        texts: Text of the hyperparameters that its task has in the end, by full name.
        space: Tells what the script gets for the parameters.
    """
    given = space.script_values(trial.parameters)
    used = {name: _read(texts[name], value) for name, value in given.items() if _differs(texts.get(name), value)}
    if not used:
        return trial
    told = ", ".join(f"{name}={show(value)} instead of {show(given[name])}" for name, value in used.items())
    before = f"{trial.reason}; " if trial.reason else ""
    parameters = space.from_script({**given, **used})
    return replace(trial, parameters=parameters, reason=f"{before}its script used {told}")


def _differs(text: str | None, given: Value) -> bool:
    if text is None or "".join(text.split()) == "".join(to_text(given).split()):
        return False
    read = from_text(text)
    if is_number(given) and is_number(read):
        return not math.isclose(read, given, rel_tol=_SAME)
    if isinstance(given, bool):
        return read is not given
    return not (given is None and text.strip() == show(None))


def _read(text: str, given: Value) -> Value:
    """Read a text as a value of the kind that was given, if it is one."""
    read = from_text(text)
    if isinstance(given, str):
        return text
    return float(read) if isinstance(given, float) and is_number(read) else read
