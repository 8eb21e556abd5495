"""Uploading a file to the files server and listing it as an artifact of a task."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal
from urllib.parse import quote

from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.errors import RequestRefused, ServerUnavailable

UPLOAD = "files.upload"
"""How errors and counts of calls name it."""

_TIMEOUT_SECONDS = (10, 120)


@dataclass(frozen=True)
class Artifact:
    """A file to keep with a task.

    Attributes:
        key: Name under which the task lists it.
        file_name: Name of the stored file.
        mode: An `input` artifact travels with a clone and stays after a reset, an `output` one does neither.
        preview: What the UI shows of it, at most some 60 kB.
    """

    key: str
    file_name: str
    content: bytes
    content_type: str
    mode: Literal["input", "output"] = "output"
    preview: str = ""


def upload(client: Client, task_id: str, artifact: Artifact) -> str:
    """Store the file, list it on the task, and return its address.

    Raises:
        ServerUnavailable: The files server does not answer.
        RequestRefused: It refuses the file.
    """
    address = store(client, task_id, artifact)
    list_artifacts(client, task_id, {address: artifact})
    return address


def list_artifacts(client: Client, task_id: str, stored: Mapping[str, Artifact]) -> None:
    """List files on the task that are stored (by address), in one call; none makes none."""
    if not stored:
        return
    timestamp = int(client.now().timestamp())
    listed = [
        {
            "key": artifact.key,
            "type": "custom",
            "mode": artifact.mode,
            "uri": address,
            "content_size": len(artifact.content),
            "hash": hashlib.sha256(artifact.content).hexdigest(),
            "timestamp": timestamp,
            "type_data": {"preview": artifact.preview, "content_type": artifact.content_type},
        }
        for address, artifact in stored.items()
    ]
    client.call("tasks.add_or_update_artifacts", task=task_id, force=True, artifacts=listed)


def store(client: Client, task_id: str, artifact: Artifact) -> str:
    """Store the file and return its address.

    Raises:
        ServerUnavailable: The files server does not answer.
        RequestRefused: It refuses the file.
    """
    import requests

    path = f"/clearml-hpo-app/{task_id}/artifacts/{artifact.key}/{artifact.file_name}"
    client.calls[UPLOAD] += 1
    if not client.files_host.startswith(("http:", "https:")):
        return _store_elsewhere(f"{client.files_host}{path}", artifact)
    try:
        response = requests.post(
            client.files_host,
            files={path: (path, artifact.content, artifact.content_type)},
            headers={"Authorization": f"Bearer {client.token}"},
            verify=client.verify,
            timeout=_TIMEOUT_SECONDS,
        )
    except requests.RequestException as error:
        raise ServerUnavailable(UPLOAD, f"The files server {client.files_host} gives no answer.") from error
    if response.status_code != 200:
        raise RequestRefused(UPLOAD, f"The files server refused {artifact.file_name}.", response.status_code, 0)
    return f"{client.files_host}{quote(path)}"


def _store_elsewhere(address: str, artifact: Artifact) -> str:
    """Store the file where clearml.conf keeps files otherwise: s3://, gs://, azure://, a folder."""
    from clearml import StorageManager

    with TemporaryDirectory() as folder:
        local = Path(folder, artifact.file_name)
        local.write_bytes(artifact.content)
        try:
            return str(StorageManager.upload_file(str(local), address))
        except (OSError, ValueError) as error:
            raise RequestRefused(UPLOAD, f"{address} could not be written: {error}", 400, 0) from error
