"""Keys that a JSON or YAML text gives twice in one group: parsers keep the last one and say nothing."""

from collections.abc import Iterator

import yaml

MERGE = "<<"
"""YAML's key that takes another group in; it may stand more than once."""


def repeated_keys(text: str) -> list[str]:
    """Return a phrase for each key that stands twice in its group: `'min' on line 3 and again on line 5`.

    `text` is valid JSON or YAML; where YAML cannot read the JSON (control characters), nothing is found.
    """
    try:
        root = yaml.compose(text.replace("\t", " "), yaml.SafeLoader)  # JSON may be indented with tabs
    except (yaml.YAMLError, RecursionError):
        return []
    return list(_repeated(root, set()))


def _repeated(node: yaml.Node | None, seen: set[int]) -> Iterator[str]:
    if id(node) in seen:  # an alias
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        yield from _among([key for key, _ in node.value])
        for _, value in node.value:
            yield from _repeated(value, seen)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated(item, seen)


def _among(keys: list[yaml.Node]) -> Iterator[str]:
    lines: dict[tuple[str, str], int] = {}
    for key in keys:
        if not isinstance(key, yaml.ScalarNode) or key.value == MERGE:
            continue
        line, name = key.start_mark.line + 1, (key.tag, key.value)
        if name in lines:
            yield f"{key.value!r} on line {lines[name]} and again on line {line}"
        lines[name] = line
