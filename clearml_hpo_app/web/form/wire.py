"""The form as JSON values for the browser. Texts with HTML become pieces: the browser makes no HTML of texts."""

from html.parser import HTMLParser
from typing import Any

from clearml_hpo_app.web.form.entries import Entry, Form

STYLES = {"code": "code", "b": "b", "strong": "b", "i": "i", "em": "i"}
"""Elements of a text that are kept, with what they become; of all others only the text is."""


def form_json(form: Form) -> list[dict[str, Any]]:
    """Return the entries of a form."""
    return list(map(_entry_json, form.entries))


def pieces(html: str) -> list[list[str]]:
    """Return a text with HTML as pairs of style (`code`, `b`, `i` or empty) and plain text."""
    parser = _Pieces()
    parser.feed(html)
    parser.close()
    return parser.found


def _entry_json(entry: Entry) -> dict[str, Any]:
    source = entry.source
    return {
        "name": entry.name,
        "title": entry.title,
        "kind": entry.kind,
        "required": entry.required,
        "info": pieces(entry.info),
        "hint": entry.hint,
        "placeholder": entry.placeholder,
        "default": entry.default,
        "defaultOn": {"name": entry.default_on[0], "values": dict(entry.default_on[1])},
        "choices": [{"label": choice.label, "value": choice.value} for choice in entry.choices],
        "source": source and {"kind": source.kind, "shows": source.display_field != source.value_field},
        "radio": entry.radio,
        "conditions": [{"name": each.name, "value": each.value} for each in entry.conditions],
        "items": list(map(_entry_json, entry.items)),
        "collapsible": entry.collapsible,
        "titleTemplate": entry.title_template,
        "minItems": entry.min_items,
    }


class _Pieces(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[list[str]] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:  # noqa: ARG002  the parser's signature
        if tag in STYLES:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            self._open.remove(tag)

    def handle_data(self, data: str) -> None:
        style = STYLES[self._open[-1]] if self._open else ""
        if self.found and self.found[-1][0] == style:
            self.found[-1][1] += data
        else:
            self.found.append([style, data])
