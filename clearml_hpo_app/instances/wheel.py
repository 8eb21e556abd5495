"""A wheel of the running version, made from the installed files: what an agent installs on another machine."""

import base64
import hashlib
import io
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path

from clearml_hpo_app.errors import HpoError

DISTRIBUTION = "clearml-hpo-app"
PACKAGE = "clearml_hpo_app"
_OURS = {".py", ".typed", ".sql", ".js", ".css", ".html", ".json", ".svg", ".conf", ".png"}
"""What the package is made of; whatever else lies in a checkout stays on this machine."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
_GENERATED = "Wheel-Version: 1.0\nGenerator: clearml-hpo-app\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def build_wheel() -> tuple[str, bytes]:
    """Return the file name and the content of a wheel of this package as it runs now.

    The same files give the same bytes. Format: https://packaging.python.org/specifications/binary-distribution-format/

    Raises:
        HpoError: The package runs without having been installed, so that its metadata are missing.
    """
    found = _distribution()
    info = f"{PACKAGE}-{found.version}.dist-info"
    members = {**_package_files(), **_metadata_files(found, info)}
    members[f"{info}/RECORD"] = _record(members, info).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            member = zipfile.ZipInfo(name, date_time=_EPOCH)
            member.external_attr = 0o644 << 16
            archive.writestr(member, content, zipfile.ZIP_DEFLATED)
    return f"{PACKAGE}-{found.version}-py3-none-any.whl", buffer.getvalue()


def requirements(extra: str | None = None) -> list[str]:
    """Return what the package needs, with one of its extras or without any, as lines of a requirements file."""
    lines = [line.replace('"', "'") for line in _distribution().requires or []]
    wanted = [line.partition(";")[0].strip() for line in lines if extra and f"extra == '{extra}'" in line]
    return [*(line for line in lines if "extra ==" not in line), *wanted]


def _distribution() -> Distribution:
    try:
        return distribution(DISTRIBUTION)
    except ModuleNotFoundError as error:
        raise HpoError(
            f"{DISTRIBUTION} must be installed so that agents can be given the same version, but it is not. "
            "Run pip install, or name what agents shall install with --package."
        ) from error


def _package_files() -> dict[str, bytes]:
    root = Path(__file__).parents[1]
    return {
        f"{PACKAGE}/{path.relative_to(root).as_posix()}": path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.suffix in _OURS and "__pycache__" not in path.parts
    }


def _metadata_files(found: Distribution, info: str) -> dict[str, bytes]:
    texts = {
        "METADATA": found.read_text("METADATA") or "",
        "entry_points.txt": found.read_text("entry_points.txt") or "",
        "WHEEL": _GENERATED,
    }
    return {f"{info}/{name}": text.encode() for name, text in texts.items()}


def _record(members: dict[str, bytes], info: str) -> str:
    lines = []
    for name, content in members.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(content)}")
    return "\n".join([*lines, f"{info}/RECORD,,", ""])
