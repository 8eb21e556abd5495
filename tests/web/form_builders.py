"""Forms for tests: a small one with every entry type, and ours."""

from typing import Any

from clearml_hpo_app.web.application import own_application
from clearml_hpo_app.web.form import Form, read_form


def hyperparameter(name: str) -> dict[str, str]:
    return {"field": "hyperparams", "section": "Args", "name": name}


EVERY_TYPE: dict[str, Any] = {
    "entries": [
        {"name": "label", "title": "Label", "type": "string", "required": True, "target": "name"},
        {
            "name": "kind",
            "title": "Kind",
            "type": "dropdown",
            "required": True,
            "default": "b",
            "radio": True,
            "choices": [{"label": "A", "value": "a"}, {"label": "B", "value": "b"}],
            "target": hyperparameter("kind"),
        },
        {
            "name": "count",
            "title": "Count",
            "type": "integer",
            "required": False,
            "default_conditional_on": {"name": "kind", "value": {"a": 1, "b": 2}},
            "target": hyperparameter("count"),
        },
        {
            "name": "more",
            "title": "More",
            "info": "what <code>more</code> & <b>less</b> is <script>x</script>",
            "type": "group",
            "required": False,
            "collapsible": True,
            "item_template": [
                {
                    "name": "share",
                    "title": "Share",
                    "type": "float",
                    "required": False,
                    "conditional": {"entries": [{"name": "kind", "value": "a"}]},
                    "target": hyperparameter("share"),
                },
                {
                    "name": "deep",
                    "title": "Deep",
                    "type": "string",
                    "required": True,
                    "conditional": {"entries": [{"name": "share", "value": "0.5"}]},
                    "target": hyperparameter("deep"),
                },
                {
                    "name": "sure",
                    "title": "Sure",
                    "type": "checkbox",
                    "required": False,
                    "default": True,
                    "target": hyperparameter("sure"),
                },
                {
                    "name": "notes",
                    "title": "Notes",
                    "type": "multiline_text",
                    "required": False,
                    "target": {"field": "configuration", "name": "Notes"},
                },
            ],
        },
        {
            "name": "rows",
            "title": "Rows",
            "type": "list",
            "required": True,
            "min_items": 1,
            "collapsibleTitleTemplate": "${cell}",
            "item_template": [
                {"name": "cell", "title": "Cell", "type": "string", "required": True},
                {
                    "name": "only_a",
                    "title": "Only with a",
                    "type": "string",
                    "required": False,
                    "conditional": {"entries": [{"name": "kind", "value": "a"}, {"name": "cell", "value": "x"}]},
                },
            ],
            "target": {"field": "configuration", "name": "Rows", "format": "json"},
        },
    ]
}


def every_type() -> Form:
    return read_form(EVERY_TYPE)


def our_form() -> Form:
    return own_application().form
