"""The application's file as the tests build it, and an own small one to break."""

import io
import zipfile

from clearml_hpo_app.app_package.build import app_conf, build
from clearml_hpo_app.app_package.repository import Source

SOURCE = Source("https://git.example/hpo.git", "branch", "main")

SMALL = """\
id: "small"
name: "Small"
version: "1.0.0"
provider: "us"
description: "A small application"
default_queue: "apps"
task {
  script { repository: "https://git.example/a.git", branch: "main", entry_point: "main.py", working_dir: "." }
  hyperparams { General { epochs: 3, name: "x", quick: true } }
}
wizard {
  entries: [
    {
      name: method
      title: "Method"
      type: dropdown
      required: true
      default: "grid"
      choices: ["grid", { label: "Random", value: "random" }]
      target { field: hyperparams, section: General, name: method }
    }
    {
      name: quick
      title: "Quick"
      type: checkbox
      required: false
      default: true
      conditional { entries: [{ name: method, value: "grid" }] }
      target { field: hyperparams, section: General, name: quick }
    }
    {
      name: rows
      title: "Rows"
      type: list
      required: true
      min_items: 1
      collapsibleTitleTemplate: "${key} #${index}"
      item_template: [{ name: key, title: "Key", type: string, required: true }]
      target { field: configuration, name: rows, format: json }
    }
  ]
}
dashboard {
  lines: [
    {
      style { height: "400px" }
      contents: [{ title: "Loss", type: scalar-histogram, metric: "loss", variant: ["a", "b"], key: iter }]
    }
    { contents: [{ type: html, text: "<h2>${hyperparams.General.name.value}</h2>" }, { title: "Log", type: log }] }
  ]
}
"""


def ours() -> str:
    """Return the text of the application's own app.conf."""
    return app_conf(SOURCE)


def our_zip() -> zipfile.ZipFile:
    """Return the application's package, opened."""
    return zipfile.ZipFile(io.BytesIO(build(SOURCE)))
