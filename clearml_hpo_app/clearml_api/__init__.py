"""The ClearML server as this package needs it: batched calls, and answers turned into our own values.

Only this folder knows the names of ClearML's fields. Every call is a POST: the SDK's session repeats a GET
whose answer got lost, which would do a write twice.
"""

from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clearml_api.connecting import connect, connect_to

__all__ = ["Client", "connect", "connect_to"]
