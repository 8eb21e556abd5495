"""Entries of a list as the launch form writes them: every field as text, also those that it does not show.

ClearML stores a list of the form as JSON, one group per entry, keyed by the names of the form's fields. These are
unique over the whole form, since administrators override fields by name.
"""

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel

from clearml_hpo_app.config.files import parse_data
from clearml_hpo_app.space.parameters import AnyParameter, Fixed

FORM_NAMES: Mapping[str, str] = {"objective_value": "value"}
"""Names of the form whose field is called otherwise, with the field."""

MAY_BE_EMPTY = frozenset({"value"})
"""Fields of parameters of which empty text is a value: every trial may get the empty text."""

PARAMETER_TYPES: Mapping[str, type[BaseModel]] = {
    kind.model_fields["type"].default: kind for kind in get_args(get_args(AnyParameter)[0])
}
"""The kinds of parameters, by the word that names them."""


def form_rows(rows: Any) -> Any:
    """Return entries of a list under the names of their fields, without those that say nothing.

    Empty text and nothing mean that a field was not filled in; only the value of a fixed parameter may be empty.
    A default that belongs to another type says nothing either: the form keeps it behind what is shown.
    Combinations may be text, in any notation.

    Raises:
        UnreadableFile: The text of combinations is in no notation.
    """
    return [_row(row) if isinstance(row, Mapping) else row for row in rows] if isinstance(rows, list) else rows


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    named = {FORM_NAMES.get(name, name): value for name, value in row.items()}
    kind = named.get("type")
    model = PARAMETER_TYPES.get(kind) if isinstance(kind, str) else None
    said = {name: value for name, value in named.items() if not _says_nothing(name, value, model)}
    if isinstance(text := said.get("combinations"), str):
        said["combinations"] = parse_data(text, name="The text of combinations", foreign=True)
    return said


def _says_nothing(name: str, value: Any, model: type[BaseModel] | None) -> bool:
    if value is None or (isinstance(value, str) and not value.strip()):
        return model is not Fixed or name not in MAY_BE_EMPTY
    if model is None or name in model.model_fields:
        return False
    others = [other for other in PARAMETER_TYPES.values() if name in other.model_fields]
    return any(other.model_fields[name].default == value for other in others)
