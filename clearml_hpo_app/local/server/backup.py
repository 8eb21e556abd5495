"""A copy of everything in a server's folder, made while the server runs.

The copy is one tar file: the database as it is at one moment, the keys, the uploaded files. Unpacked into an empty
folder, it is a server's folder again. Files are copied after the database, so each one that it knows is there.
"""

import os
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path
from typing import IO

from clearml_hpo_app.errors import HpoError, UsageError
from clearml_hpo_app.local.server.folder import DataFolder

_COMPRESSED = (".gz", ".tgz")


def back_up(data: Path, target: Path) -> int:
    """Write the content of the server's folder `data` to the new tar file `target`; return its bytes.

    The file is for its owner only (mode 0600), since the keys are in it. It is there whole or not at all.
    One whose name ends in `.gz` or `.tgz` is compressed.

    Raises:
        UsageError: `data` is no server's folder, or `target` exists or lies in it.
        HpoError: The copy could not be written.
    """
    folder = DataFolder(data)
    if not folder.database.is_file():
        raise UsageError(
            f"The folder must be a server's, but {data} has no {folder.database.name}. Name another with --data."
        )
    if target.exists():
        raise UsageError(f"The file of the backup must be a new one, but {target} exists. Choose another name.")
    if target.resolve().is_relative_to(data.resolve()):
        raise UsageError(
            f"A backup must not lie in the folder that it is of, but {target} does: the next one would hold it."
        )
    if not target.parent.is_dir():
        raise UsageError(f"The folder of the backup must exist, but {target.parent} does not. Make it first.")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as drafts:
            snapshot = Path(drafts) / folder.database.name
            draft = Path(drafts) / f"draft-{target.name}"
            _copy_database(folder.database, snapshot)
            _pack(folder, snapshot, draft)
            draft.rename(target)
    except (OSError, sqlite3.Error) as error:
        raise HpoError(f"The backup must be written, but was not: {error}. Nothing is left of it.") from error
    return target.stat().st_size


def _copy_database(source: Path, target: Path) -> None:
    """Copy one snapshot: the server goes on reading and writing meanwhile."""
    os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _pack(folder: DataFolder, snapshot: Path, draft: Path) -> None:
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as file, _archive(file, compressed=draft.suffix in _COMPRESSED) as archive:
        archive.add(snapshot, folder.database.name)
        archive.add(folder.keys, folder.keys.name)
        for place in (folder.files, *sorted(folder.files.rglob("*"))):
            _add(archive, place, place.relative_to(folder.path).as_posix())


def _archive(file: IO[bytes], *, compressed: bool) -> tarfile.TarFile:
    return tarfile.open(fileobj=file, mode="w:gz") if compressed else tarfile.open(fileobj=file, mode="w")


def _add(archive: tarfile.TarFile, place: Path, name: str) -> None:
    """Add one uploaded file; one that was deleted meanwhile, or is still being uploaded, is left out."""
    if place.name.startswith(".") and place.name.endswith(".upload"):
        return
    try:
        archive.add(place, name, recursive=False)
    except FileNotFoundError:
        return
