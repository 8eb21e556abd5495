"""The hyperparameters of a base task that are not varied, as lines of a configuration to be uncommented."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from clearml_hpo_app.preflight.parameter_check import as_list
from clearml_hpo_app.space.values import Value, show
from clearml_hpo_app.starting_point.proposal import Proposed, Row
from clearml_hpo_app.wording import plain

MOST_LISTED = 100
"""Hyperparameters that have a line of their own at most; those beyond are named."""

LONGEST_TEXT = 200
"""Characters of a text that is repeated at most; a parameter with a longer one is only named."""

_SEVERAL = ("[", "(", "{")
"""How the text of a list, a tuple or a dictionary begins."""


@dataclass(frozen=True)
class Others:
    """What else the base task has: parameters that get a line with what they are now, and names of the rest."""

    listed: Sequence[Proposed]
    named: Sequence[str]


def others(values: Mapping[str, Value], guessed: Sequence[Proposed], chosen: Set[str]) -> Others:
    """Return everything in `values` that is not `chosen`, what has a range or several values first."""
    ranges = [one for one in guessed if one.row["name"] not in chosen]
    known = chosen | {one.row["name"] for one in ranges}
    kept = [Proposed(_kept(name, value), value, False) for name, value in values.items() if name not in known]
    all_of_them = [*ranges, *sorted(kept, key=lambda one: one.row["type"])]
    short = [one for one in all_of_them if len(str(one.value)) <= LONGEST_TEXT][:MOST_LISTED]
    lines = {one.row["name"] for one in short}
    return Others(short, [one.row["name"] for one in all_of_them if one.row["name"] not in lines])


def remark(one: Proposed) -> str:
    """Return what is said beside a parameter: its value on the base task, and what is left to do."""
    value = plain(show(None if one.value == "" else one.value), 40)
    is_alone = len(one.row.get("values", [])) == 1
    return f"base task: {value}" + ("; add what else to try" if is_alone else "")


def naming(names: Sequence[str]) -> Iterator[str]:
    """Yield the comment that names parameters without lines; nothing where there are none."""
    if names:
        shown = ", ".join(plain(name, 60) for name in names[:MOST_LISTED])
        more = f" and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else ""
        yield f"  # Beside these it has {shown}{more}."


def _kept(name: str, value: Value) -> Row:
    """A text that may become a list of several; all else stays as it is. The empty text is nothing to a script.

    A tuple of an argument with `nargs` reaches the script as a list only.
    """
    if isinstance(value, str) and name.startswith("Args/") and value.startswith("(") and value.endswith(")"):
        value = as_list(value)
    if isinstance(value, str) and value and not value.startswith(_SEVERAL):
        return {"type": "discrete", "name": name, "values": [value]}
    return {"type": "fixed", "name": name, "value": None if value == "" else value}
