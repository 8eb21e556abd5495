"""Where the applications page's agent gets the code from: a git repository at a branch or a tag."""

import re
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from clearml_hpo_app import __version__
from clearml_hpo_app.app_package.template_files import CHECKOUT
from clearml_hpo_app.errors import UsageError
from clearml_hpo_app.instances.package_spec import holds_credentials
from clearml_hpo_app.instances.wheel import DISTRIBUTION

_PLAIN = r"[^\s${}<>\"']+"
ADDRESS = re.compile(rf"^([a-z][a-z0-9+.-]*://{_PLAIN}|[\w.-]+@[\w.-]+:{_PLAIN})$", re.IGNORECASE)
"""What git can clone (https://git-scm.com/docs/git-clone#_git_urls), but for local paths."""

REVISION = re.compile(r"\w[\w./+#=,@-]*")
"""Names of branches and tags: stricter than git (https://git-scm.com/docs/git-check-ref-format)."""


@dataclass(frozen=True)
class Source:
    """The repository, and the branch or the tag (`revision`) of it.

    Attributes:
        kind: `branch` or `tag`.
    """

    repository: str
    kind: str
    revision: str


def source(repository: str | None = None, *, branch: str | None = None, tag: str | None = None) -> Source:
    """Return where the code comes from; without a repository the remote `origin` of the checkout.

    That is the one that the running code is from, or the one that the command is given in.

    Without branch and tag it is the tag of the running version.

    Raises:
        UsageError: Branch and tag are both given, one of them is empty or no name for git, there is no address, or
            it is none that an agent can use.
    """
    if branch is not None and tag is not None:
        raise UsageError(f"A branch or a tag must be given, but got both: {branch!r} and {tag!r}. Leave one out.")
    kind, revision = ("branch", branch) if branch is not None else ("tag", tag)
    if revision is None:
        revision = f"v{__version__}"
    if not REVISION.fullmatch(revision):
        raise UsageError(f"The {kind} must have a name that git can have, but it is {revision!r}.")
    address = _usable(repository if repository is not None else _origin(_checkout()))
    return Source(address, kind, revision)


def is_in_checkout(tag: str) -> bool:
    """Tell whether this checkout knows the tag; true as well where there is no checkout to ask."""
    return _git(CHECKOUT, "tag", "--list", tag) != ""


def readme_address() -> str:
    """Return where the README can be read: as the installed package says, or at this checkout's origin.

    Empty when neither is known; an address is never made up.
    """
    with suppress(PackageNotFoundError):
        for line in metadata(DISTRIBUTION).get_all("Project-URL") or []:
            address = str(line).partition(",")[2].strip()
            if address.startswith("https://"):
                return address
    with suppress(UsageError):
        address = _usable(_origin(CHECKOUT))
        if address.startswith(("https://", "http://")):
            return address.removesuffix(".git")
    return ""


def _checkout() -> Path:
    here = Path.cwd()
    is_ours = (here / "clearml_hpo_app").is_dir() and (here / "pyproject.toml").exists()
    return here if is_ours and not (CHECKOUT / "pyproject.toml").exists() else CHECKOUT


def _origin(checkout: Path) -> str:
    found = _git(checkout, "remote", "get-url", "origin") if (checkout / "pyproject.toml").exists() else None
    if not found:
        raise UsageError(
            "The repository that agents clone must be known, but this is no checkout with a remote origin. "
            "Name it: --repository URL"
        )
    return found


def _usable(address: str) -> str:
    if holds_credentials(address):
        raise UsageError(
            "The repository's address must hold no credentials, since all can read the package, but it does. "
            "Give the agent its own, and leave them out: --repository URL"
        )
    if not ADDRESS.match(address):
        raise UsageError(
            f"The repository must be an address that agents can clone (https://…, ssh://…, git@host:path), "
            f"but it is {address!r}. Name one: --repository URL"
        )
    return address


def _git(folder: Path, *arguments: str) -> str | None:
    """Return what a git command prints; `None` when it fails, or there is no git."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],  # noqa: S607  the git that the user has
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
