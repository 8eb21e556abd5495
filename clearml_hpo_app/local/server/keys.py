"""The server's secrets: made at random at first start, kept in one file that only its owner can read."""

import json
import os
import secrets
import string
import uuid
from dataclasses import asdict, dataclass, field
from pathlib import Path

_LETTERS = string.ascii_uppercase + string.digits


@dataclass(frozen=True)
class Keys:
    """What identifies this server and its one user.

    Attributes:
        access_key: The user's access key.
        secret_key: The secret that goes with it.
        token_secret: What tokens are signed with; never leaves the server.
        company: Id of the one company.
        user: Id of the one user.
    """

    access_key: str
    secret_key: str = field(repr=False)
    token_secret: str = field(repr=False)
    company: str
    user: str


def load_or_create(path: Path) -> Keys:
    """Return the keys in the file `path`; on first use make them (file mode 0600)."""
    if not path.exists():
        _store(path, _fresh())
    path.chmod(0o600)
    return Keys(**json.loads(path.read_text("utf-8")))


def new_pair() -> tuple[str, str]:
    """Return a fresh access key and its secret."""
    return "".join(secrets.choice(_LETTERS) for _ in range(30)), secrets.token_urlsafe(45)


def _fresh() -> Keys:
    access_key, secret_key = new_pair()
    return Keys(access_key, secret_key, secrets.token_urlsafe(48), uuid.uuid4().hex, uuid.uuid4().hex)


def _store(path: Path, keys: Keys) -> None:
    """Write beside the place, then link: of two servers that start at once the first one's keys stay."""
    draft = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(keys), file)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
