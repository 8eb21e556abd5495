"""On which line of a HOCON text each key and each entry of a list stands: what its parser does not keep.

Reads structure only, and passes over what it does not understand: whether the text is HOCON, and what its values
are, is for pyhocon to say. Syntax: https://github.com/lightbend/config/blob/main/HOCON.md
"""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

Path = tuple[str | int, ...]

_GAP = re.compile(r"(?:[\s,\ufeff]|#[^\n]*|//[^\n]*)+")
_BLANKS = re.compile(r"[ \t]+")
_TRIPLE = re.compile(r'"""(.*?)"""+', re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_BARE_KEY = re.compile(r'[^\s"{}\[\],:=+#]+')
_SEPARATOR = re.compile(r"[ \t]*(?:\+=|[:=])?\s*")
_BARE_VALUE = re.compile(r'(?:(?!//)[^\n"{}\[\],#$]|\$(?!\{))+')
_SUBSTITUTION = re.compile(r"\$\{[^}\n]*\}?")
_INCLUDE = re.compile(r"include\b(?!\s*[:=])[^\n]*")


class Spot(NamedTuple):
    """Something in the text: its line (from 1), and the text or the path that it is about."""

    line: int
    text: str


@dataclass
class Positions:
    """Where things are.

    Attributes:
        lines: Line of each path: keys of groups and indices of lists, from the root.
        repeated: Keys that stand again in their group, as paths with the second line.
        reaching_out: `include` and `${…}` outside of quotes.
    """

    lines: dict[Path, int] = field(default_factory=dict)
    repeated: list[tuple[Path, int]] = field(default_factory=list)
    reaching_out: list[Spot] = field(default_factory=list)

    def line_of(self, path: Path) -> int:
        """Return the line of a path, or of the innermost part around it that stands in the text."""
        return next((self.lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self.lines), 1)


def find_positions(text: str) -> Positions:
    """Return where everything stands in `text`."""
    scanner = _Scanner(text)
    scanner.skip(_GAP)
    if scanner.ahead == "{":
        scanner.at += 1
    scanner.group(())
    return scanner.found


class _Scanner:
    """Walks over the text once; `at` is the place that is read next."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.found = text, 0, Positions()

    @property
    def ahead(self) -> str:
        return self.text[self.at : self.at + 1]

    @property
    def line(self) -> int:
        return self.text.count("\n", 0, self.at) + 1

    def skip(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return match

    def is_more(self) -> bool:
        """Go to the next field or entry, if there is one before the end of the group or list."""
        self.skip(_GAP)
        return self.ahead not in ("", "}", "]")

    def group(self, path: Path) -> None:
        """Read the fields of a group up to behind its closing brace."""
        while self.is_more():
            line = self.line
            if included := self.skip(_INCLUDE):
                self.found.reaching_out.append(Spot(line, included[0].strip()))
                continue
            before, name = self.at, self.key()
            self.note((*path, *name), line, len(path))
            self.skip(_SEPARATOR)
            self.value((*path, *name))
            self.at += self.at == before  # what fits nowhere is passed over
        self.at += 1

    def key(self) -> Path:
        """Read a key: quoted, or bare with points between the names of nested groups."""
        names: list[str] = []
        while match := (self.skip(_QUOTED) or self.skip(_BARE_KEY)):
            names += [match[1]] if match.lastindex else [name for name in match[0].split(".") if name]
            self.skip(_BLANKS)
        return tuple(names)

    def note(self, path: Path, line: int, above: int) -> None:
        if path in self.found.lines and len(path) > above:
            self.found.repeated.append((path, line))
        for end in range(above + 1, len(path) + 1):
            self.found.lines.setdefault(path[:end], line)

    def value(self, path: Path) -> None:
        """Read a value with what is joined to it on its line."""
        while self.ahead not in ("", "\n", ",", "}", "]", "#") and not self.text.startswith("//", self.at):
            if self.ahead == "{":
                self.at += 1
                self.group(path)
            elif self.ahead == "[":
                self.at += 1
                self.entries(path)
            elif substitution := self.skip(_SUBSTITUTION):
                self.found.reaching_out.append(Spot(self.line, substitution[0]))
            elif not (self.skip(_TRIPLE) or self.skip(_QUOTED) or self.skip(_BARE_VALUE)):
                self.at += 1
            self.skip(_BLANKS)

    def entries(self, path: Path) -> None:
        """Read the entries of a list up to behind its closing bracket."""
        index = 0
        while self.is_more():
            place: Path = (*path, index)
            before = self.at
            self.found.lines[place] = self.line
            self.value(place)
            self.at += self.at == before
            index += 1
        self.at += 1
