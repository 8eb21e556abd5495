"""The script of a controller task: what an agent runs, and where it gets this package from."""

from typing import Any

from clearml_hpo_app.clearml_api.artifacts import Artifact, upload
from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.config import Method
from clearml_hpo_app.instances.wheel import build_wheel, requirements
from clearml_hpo_app.strategies import EXTRAS

ARTIFACT = "package"
"""Input artifact of the controller task that holds the wheel: it travels with clones and stays after resets."""

ENTRY_POINT = "clearml_hpo_controller.py"

_RUN = '''"""Controller of a hyperparameter optimization: edit section HPO of the task, not this."""

from clearml_hpo_app.entry import main

main()
'''

_INSTALL_AND_RUN = '''"""Controller of a hyperparameter optimization: edit section HPO of the task, not this."""

import importlib.metadata
import os
import subprocess
import sys

from clearml import Task

VERSION = "{version}"


def installed_version():
    try:
        return importlib.metadata.version("clearml-hpo-app")
    except importlib.metadata.PackageNotFoundError:
        return None


if installed_version() != VERSION:
    task = Task.get_task(task_id=os.environ["CLEARML_TASK_ID"])
    wheel = task.artifacts["{artifact}"].get_local_copy()
    if wheel is None:
        sys.exit("The package of this task could not be fetched from " + task.artifacts["{artifact}"].url)
    subprocess.check_call([sys.executable, "-m", "pip", "install", "--no-deps", "--force-reinstall", wheel])
    importlib.invalidate_caches()

from clearml_hpo_app.entry import main  # noqa: E402

main()
'''


def controller_script(package: str | None, method: Method = "auto") -> dict[str, Any]:
    """Return the `script` of a controller task; `package` as in `launch`, which then decides what is installed.

    Without one, what a method needs beyond the package's own requirements is installed as well.
    """
    from clearml_hpo_app import __version__

    text = _RUN if package else _INSTALL_AND_RUN.format(version=__version__, artifact=ARTIFACT)
    lines = [package] if package else requirements(EXTRAS.get(method))
    return {
        "binary": "python",
        "repository": "",
        "entry_point": ENTRY_POINT,
        "working_dir": ".",
        "diff": text,
        "requirements": {"pip": "\n".join(lines)},
    }


def add_package(client: Client, task_id: str) -> str:
    """Upload a wheel of the running version as an artifact of the task; return its address."""
    file_name, content = build_wheel()
    wheel = Artifact(ARTIFACT, file_name, content, "application/zip", mode="input", preview=file_name)
    return upload(client, task_id, wheel)
