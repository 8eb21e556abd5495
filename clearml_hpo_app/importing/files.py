"""Import from a file: an export of any format, or a bare configuration."""

from pathlib import Path

from clearml_hpo_app.config.export import read_export
from clearml_hpo_app.config.files import parse_group, read_text
from clearml_hpo_app.importing.imported import Imported


def read_file(path: Path) -> Imported:
    """Read a file; raises `UnreadableFile` and `InvalidConfig`."""
    data = parse_group(read_text(path), name=str(path), ending=path.suffix)
    config, lost = read_export(data)
    is_export = "configuration" in data
    return Imported(config, "an export of this application" if is_export else "a configuration file", tuple(lost))
