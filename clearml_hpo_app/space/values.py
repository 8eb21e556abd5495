"""Parameter values: their types, their text on a task, and how a person's text becomes one."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TypeAlias, TypeGuard

Value: TypeAlias = int | float | bool | str | None
Parameters: TypeAlias = Mapping[str, Value]

_QUOTES = ('"', "'")


def same_value(left: Value, right: Value) -> bool:
    """Tell whether two values are the same to a script: equal and of one type (1, 1.0, True and "1" differ)."""
    return type(left) is type(right) and left == right


def value_key(value: Value) -> tuple[str, Value]:
    """Return a hashable key under which only the same value (see `same_value`) is found again."""
    return type(value).__name__, value


def is_number(value: object) -> TypeGuard[int | float]:
    """Tell whether a value is a number; booleans, integers to Python, are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def indistinct(values: Iterable[Value]) -> list[str]:
    """Return the texts, sorted, of the values of which a script may receive two as one.

    It gets text, and turns it into the type of its own default: 5 and "5" arrive as the same text, `None` and the
    empty text too, and 1 and 1.0 are one number.
    """
    given = list(values)
    numbers = [value for value in given if is_number(value)]
    texts = Counter(map(to_text, given))
    times = Counter(numbers)
    return sorted(
        {text for text, count in texts.items() if count > 1}
        | {to_text(number) for number, count in times.items() if count > 1}
    )


def to_text(value: Value) -> str:
    """Return the text that a task's hyperparameter must hold so that the script receives `value`.

    ClearML stores text only. Floats are written by `repr`, which reads back exactly; integers without a
    point, since an integer option of a script refuses "2.0"; `None` as the empty text, which is what the
    SDK turns back into `None`.
    """
    if value is None:
        return ""
    return repr(value) if isinstance(value, float) else str(value)


def show(value: Value) -> str:
    """Return the value as shown to people: as `to_text`, but `None` by its name."""
    return "None" if value is None else to_text(value)


def quoted(value: object) -> str:
    """Return a value as error texts show it: text in quotes, so that `True` and `'True'` look different."""
    return "nothing" if value is None else repr(value)


def from_text(text: str) -> Value:
    """Read one value as a person writes it: numbers as numbers, true/false as booleans, the rest as text.

    Infinities and "nan" stay text: no parameter can hold them as a number.
    """
    stripped = text.strip()
    if stripped.lower() in {"true", "false"}:
        return stripped.lower() == "true"
    if "_" in stripped:
        return stripped
    for number in (int, float):
        try:
            value = number(stripped)
        except ValueError:
            continue
        return value if isinstance(value, int) or math.isfinite(value) else stripped
    return stripped


class EmptyItemError(ValueError):
    """A list of values in text has nothing between two commas, or after the last one."""


def split_values(text: str) -> list[Value]:
    """Read a comma-separated list of values; quotes (single or double) protect commas and keep text as text.

    `None` without quotes is nothing, `""` is the empty text.

    Example: `1, 0.5, true, adam, "a,b", "1"` gives `[1, 0.5, True, "adam", "a,b", "1"]`.

    Raises:
        EmptyItemError: Nothing stands between two commas, or after the last one.
        ValueError: A quote that begins a value is never closed.
    """
    cells = _cells(text) if text.strip() else []
    if not all(cell.strip() for cell in cells):
        raise EmptyItemError(text)
    return [_read(cell.strip()) for cell in cells]


def split_texts(text: str) -> list[str]:
    """Read a comma-separated list of texts, with quotes as in `split_values`; what is empty is left out.

    Raises:
        ValueError: A quote that begins a text is never closed.
    """
    cells = (cell.strip() for cell in _cells(text))
    return [_unquoted(cell) if _is_quoted(cell) else cell for cell in cells if cell]


def join_texts(texts: Iterable[str]) -> str:
    """Return texts as a list that `split_texts` reads back, those with a comma or a quote at first in quotes."""
    return ", ".join(
        '"' + text.replace('"', '""') + '"' if "," in text or text[:1] in _QUOTES else text for text in texts
    )


def _cells(text: str) -> list[str]:
    cells: list[str] = []
    is_open = False
    for piece in text.split(","):
        if is_open:
            cells[-1] += "," + piece
        else:
            cells.append(piece)
        is_open = _is_open(cells[-1].strip())
    if is_open:
        raise ValueError(cells[-1].strip())
    return cells


def _is_open(cell: str) -> bool:
    """Whether the cell begins with a quote that it does not close; a doubled quote inside stands for itself."""
    quote = cell[:1]
    if quote not in _QUOTES:
        return False
    return len(cell) < 2 or not cell.endswith(quote) or cell.count(quote) % 2 == 1


def _is_quoted(cell: str) -> bool:
    return len(cell) >= 2 and cell[0] in _QUOTES and cell[-1] == cell[0]


def _unquoted(cell: str) -> str:
    return cell[1:-1].replace(cell[0] * 2, cell[0])


def _read(cell: str) -> Value:
    if _is_quoted(cell):
        return _unquoted(cell)
    return None if cell == "None" else from_text(cell)
