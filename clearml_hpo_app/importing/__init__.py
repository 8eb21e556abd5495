"""Configurations that stand elsewhere: in files, on instances of ours, and on those of others.

One module a source. Each says whether a task is one of its own, and turns it into a configuration and sentences
about what could not be carried over; `sources` asks them in turn.
"""

from clearml_hpo_app.importing.imported import Imported
from clearml_hpo_app.importing.sources import import_config

__all__ = ["Imported", "import_config"]
