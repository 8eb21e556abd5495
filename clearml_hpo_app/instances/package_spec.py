"""What an agent installs to run a controller: is it something that another machine can get, and all may read?"""

import re
from urllib.parse import urlsplit

from packaging.requirements import InvalidRequirement, Requirement

from clearml_hpo_app.errors import UsageError

_SECRET_IN_QUERY = re.compile(r"(token|password|secret|key|signature)=[^&]", re.IGNORECASE)
_FILLED_IN_BY_PIP = re.compile(r"\$\{[A-Z0-9_]+\}")
"""pip puts the agent's own environment variables there (https://pip.pypa.io/en/stable/reference/requirements-file-format)."""


def require_package(package: str | None) -> None:
    """Look whether an agent, perhaps on another machine, can install `package`; `None` is always fine.

    Raises:
        UsageError: It cannot, or the text holds credentials.
    """
    if package is None:
        return
    address = _address(package)
    if address is None:
        raise UsageError(
            "A package must be an address, a git address or the name of one in an index, since the agent that "
            f"installs it may run elsewhere, but it is {package!r}. Without one the running version is uploaded "
            "with the task."
        )
    if holds_credentials(address):
        raise UsageError(
            "A package's address must hold no credentials, since all who can see the task read it, but it does. "
            "Leave them out and give them to the agent, or name a variable of the agent's environment: "
            "https://${TOKEN}@…"
        )


def _address(package: str) -> str | None:
    """Return the address in a requirement, empty for a name in an index; `None` where it is neither.

    An address of a file is taken as one that the agent's machine has too (a shared folder); a path is not.
    """
    text = package.strip()
    try:
        address = Requirement(text).url or ""
    except InvalidRequirement:
        address = text
        if "://" not in text or re.search(r"\s", text) or text.startswith("-"):
            return None
    return None if text.endswith(".whl") and not address else address


def holds_credentials(address: str) -> bool:
    """Tell whether an address has a password, a token for a user or in its query; a variable of pip's is none."""
    try:
        parts = urlsplit(address)
    except ValueError:  # no address; what stands before an @ may be a secret all the same
        return "@" in address
    if _SECRET_IN_QUERY.search(_FILLED_IN_BY_PIP.sub("", parts.query)):
        return True
    user = _FILLED_IN_BY_PIP.sub("", parts.username or "")
    secret = _FILLED_IN_BY_PIP.sub("", parts.password or "")
    return bool(secret or (user and not parts.scheme.endswith("ssh")))
