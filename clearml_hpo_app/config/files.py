"""Reading a configuration from text that a person wrote: JSON, YAML or HOCON, bare or as an export."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from clearml_hpo_app.config.export import from_export
from clearml_hpo_app.config.model import HpoConfig
from clearml_hpo_app.config.repeated_keys import repeated_keys
from clearml_hpo_app.errors import UnreadableFile

_SHOWN = 200
MOST_VALUES, DEEPEST = 200_000, 100
"""What a text may hold once its aliases are replaced by what they stand for."""


def read_config(path: Path) -> HpoConfig:
    """Read the configuration in `path`; the ending (.json, .yaml, .yml, .conf, .hocon) names the notation.

    Raises:
        UnreadableFile: It cannot be opened or parsed, is of another application or of a newer format.
        InvalidConfig: It has violations, all listed.
    """
    return parse_config(read_text(path), name=str(path), ending=path.suffix)


def read_text(path: Path) -> str:
    """Return the text of a file; raises `UnreadableFile`."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UnreadableFile(f"{path} must be a readable text file, but: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise UnreadableFile(
            f"{path} must be a readable text file (UTF-8), but it is not: {error.reason}."
        ) from error


def parse_config(text: str, *, name: str = "the text", ending: str = "") -> HpoConfig:
    """Read the configuration in `text`; without an `ending`, JSON, YAML and HOCON are tried in this order.

    Raises:
        UnreadableFile, InvalidConfig: As `read_config`.
    """
    return from_export(parse_group(text, name=name, ending=ending))


def parse_group(text: str, *, name: str, ending: str = "", foreign: bool = False) -> Mapping[str, Any]:
    """Parse `text` as `parse_data` does, into fields with their values."""
    data = parse_data(text, name=name, ending=ending, foreign=foreign)
    if not isinstance(data, Mapping):
        raise UnreadableFile(f"{name} must hold a group of fields, but it holds {type(data).__name__}.")
    return data


def parse_data(text: str, *, name: str = "the text", ending: str = "", foreign: bool = False) -> Any:
    """Parse `text` into plain values, in the notation that `ending` names or the first one that fits.

    `foreign` text comes from a server, so perhaps from somebody else: HOCON that would read this machine's
    files, variables or the net (`include`, `${…}`) is refused in it.

    Raises:
        UnreadableFile: No notation fits; the message gives each one's complaint. Or a key stands twice in a group.
    """
    readers = _readers_for(ending)
    complaints: list[str] = []
    for notation, read in readers.items():
        try:
            if foreign and read is _hocon and _REACHES_OUT.search(text):
                raise _UnfitError("include and ${…} are not allowed here.")
            data = read(text)
        except _UnfitError as error:
            complaints.append(f"{notation}: {error}")
            continue
        if read is not _hocon:  # there a later key adds to the earlier one
            _refuse_repeated_keys(text, name)
        return data
    raise UnreadableFile(f"{name} must be {' or '.join(readers)}, but it is not. {' '.join(complaints)}")


def _refuse_repeated_keys(text: str, name: str) -> None:
    found = ", ".join(repeated_keys(text))
    if found:
        raise UnreadableFile(f"{name} must have every key once in its group, but has {found}. Remove one.")


_REACHES_OUT = re.compile(r"\binclude\b|\$\{")


class _UnfitError(Exception):
    """The text is not of this notation."""


def _readers_for(ending: str) -> dict[str, Callable[[str], Any]]:
    by_ending: dict[str, dict[str, Callable[[str], Any]]] = {
        ".json": {"JSON": _json},
        ".yaml": {"YAML": _yaml},
        ".yml": {"YAML": _yaml},
        ".conf": {"HOCON": _hocon},
        ".hocon": {"HOCON": _hocon},
    }
    return by_ending.get(ending.lower(), {"JSON": _json, "YAML": _yaml, "HOCON": _hocon})


class _YamlLoader(yaml.SafeLoader):
    """YAML 1.1, but `1e-5` is a number as in YAML 1.2 and everywhere else, and `None` is nothing as in Python."""


_YamlLoader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^None$"), ["N"])
_YamlLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+$"), list("-+.0123456789")
)


def _brief(error: Exception) -> str:
    return " ".join(str(error).split())[:_SHOWN]


def _at(line: int, column: int, trouble: str) -> str:
    return f"line {line}, column {column}: {trouble}."


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise _UnfitError(_at(error.lineno, error.colno, error.msg)) from error
    except RecursionError as error:
        raise _UnfitError(_brief(error)) from error


def _yaml(text: str) -> Any:
    try:
        data = yaml.load(text, _YamlLoader)  # noqa: S506 - a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        sentence = _at(mark.line + 1, mark.column + 1, str(error.problem)) if mark else _brief(error)
        raise _UnfitError(sentence) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise _UnfitError(_brief(error)) from error
    if isinstance(data, str):
        raise _UnfitError("a single text, no fields.")
    _refuse_endless(data)
    if key := _unread_key(data):
        raise _UnfitError(f"the key {key!r} has no value.")
    return data


def _refuse_endless(data: Any) -> None:
    """Refuse what a few aliases blow up to any size, or that holds itself."""
    todo, count = [(data, 0)], 0
    while todo:
        value, depth = todo.pop()
        count += 1
        if count > MOST_VALUES or depth > DEEPEST:
            raise _UnfitError(f"it holds more than {MOST_VALUES} values, or itself: are its aliases meant so?")
        held = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        todo += [(each, depth + 1) for each in held]


def _unread_key(data: Any) -> str:
    """Return a key that is a whole `name = value` of HOCON, which YAML takes for a key without a value."""
    if isinstance(data, list):
        return next(filter(None, map(_unread_key, data)), "")
    if not isinstance(data, dict):
        return ""
    own = (key for key, value in data.items() if value is None and isinstance(key, str) and _ASSIGNS.search(key))
    return next(own, "") or next(filter(None, map(_unread_key, data.values())), "")


def _plain(parsed: Any) -> Any:
    """Return what pyhocon made as plain lists and groups."""
    if isinstance(parsed, list):
        return [_plain(item) for item in parsed]
    return parsed.as_plain_ordered_dict() if hasattr(parsed, "as_plain_ordered_dict") else parsed


_ASSIGNS = re.compile(r"\S\s*[=:]\s*\S")


def _hocon(text: str) -> Any:
    from pyhocon import ConfigFactory
    from pyhocon.exceptions import ConfigException
    from pyparsing import ParseBaseException

    try:
        return _plain(ConfigFactory.parse_string(text))
    except ParseBaseException as error:
        at = error.line.strip()[:_SHOWN]
        trouble = f"it cannot be read on in {at!r}" if at else "it ends, and a bracket is open"
        raise _UnfitError(_at(error.lineno, error.column, trouble)) from error
    except (ConfigException, RecursionError, OSError) as error:
        raise _UnfitError(_brief(error)) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:  # its parser stumbles over some texts
        raise _UnfitError("it cannot be parsed.") from error
