"""Building the application package: one `app.conf` of three parts, and its assets, in a zip.

The parts: root and task (`templates/hpo.app.conf`), the launch form (`app_schema/wizard.conf`) and the dashboard
(`templates/dashboard.conf`).
"""

import io
import json
import re
import zipfile

from clearml_hpo_app import __version__
from clearml_hpo_app.app_package.form import default_hyperparameters
from clearml_hpo_app.app_package.hocon import INDENT, to_hocon
from clearml_hpo_app.app_package.repository import Source
from clearml_hpo_app.app_package.template_files import (
    APP_CONF,
    ASSETS,
    DASHBOARD,
    WIZARD,
    template_path,
    template_text,
)
from clearml_hpo_app.config.task_settings import SECTION

_EPOCH = (1980, 1, 1, 0, 0, 0)
ASSET = re.compile(r"\$\{ASSET:([^}]+)\}")
"""How a text of `app.conf` names a file of the assets."""


def app_conf(origin: Source) -> str:
    """Return the text of `hpo.app.conf`, complete: it is what the page reads."""
    root = template_text(APP_CONF)
    for mark, text in {
        '"@VERSION@"': json.dumps(__version__),
        '"@REPOSITORY@"': json.dumps(origin.repository),
        'tag: "@TAG@"': f"{origin.kind}: {json.dumps(origin.revision)}",
        'hyperparams: "@HYPERPARAMETERS@"': _hyperparameters(),
    }.items():
        root = root.replace(mark, text)
    return "\n".join(part.rstrip() + "\n" for part in (root, template_text(WIZARD), template_text(DASHBOARD)))


def build(origin: Source) -> bytes:
    """Return the content of the zip; the same version and source give the same bytes everywhere."""
    text = app_conf(origin)
    members = {APP_CONF: text.encode()}
    for name in sorted(set(ASSET.findall(text))):
        members[f"{ASSETS}/{name}"] = template_path(f"{ASSETS}/{name}").read_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            member = zipfile.ZipInfo(name, date_time=_EPOCH)
            member.create_system = 3  # or the bytes would tell Windows from the others
            member.external_attr = 0o100644 << 16
            archive.writestr(member, content, zipfile.ZIP_STORED)  # compressors differ between machines
    return buffer.getvalue()


def _hyperparameters() -> str:
    text = to_hocon({"hyperparams": {SECTION: default_hyperparameters()}})
    return text.replace("\n", f"\n{INDENT}")
